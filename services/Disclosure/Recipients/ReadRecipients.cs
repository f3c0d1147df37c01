using Integritet.Disclosure.Integration;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Recipients;

/// <summary>The register of recipients with their agreements and access rights.</summary>
public static class ReadRecipients
{
    public sealed record Page(IReadOnlyList<RecipientView> Items, string? Next);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/recipients", ListAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listRecipients").WithSummary("Lists the recipients.").Produces<Page>();
        app.MapGet("/v1/{controller}/recipients/{id:guid}", OneAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("getRecipient").WithSummary("A recipient.").Produces<RecipientView>();
    }

    internal static Problem NoSuchRecipient() => Problems.NotFound("There is no such recipient.");

    private static async Task<IResult> ListAsync(
        HttpContext http, string controller, RecipientList list, EventStreams streams, Confirmations confirmations, PolicyVersions policies, TimeProvider clock)
    {
        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();
        var page = PageQuery.Of(http);
        var rows = await list.ReadAsync(controller, page, http.RequestAborted);
        var shown = rows.Take(page.Limit).ToArray();
        var confirmed = await confirmations.OfAsync(controller, [.. shown.Select(row => Recipient.Aggregate.StreamOf(row.RecipientId.ToString()))], http.RequestAborted);
        var policy = policies.InForce(controller, clock.GetUtcNow());
        var items = new List<RecipientView>(shown.Length);
        foreach (var row in shown)
            if (await streams.LoadAsync(Recipient.Aggregate, controller, row.RecipientId.ToString(), cancellationToken: http.RequestAborted) is { State: Recipient.Registered recipient })
                items.Add(RecipientView.Of(recipient, policy, confirmed));
        return Results.Json(new Page(items, page.Next(rows, row => row.Position)), JsonText.Options);
    }

    private static async Task<IResult> OneAsync(HttpContext http, string controller, Guid id, EventStreams streams)
    {
        var loaded = await streams.LoadAsync(Recipient.Aggregate, controller, id.ToString(), cancellationToken: http.RequestAborted);
        return loaded.State is Recipient.Registered
            ? new RecipientAnswer(new Answered<Recipient>(StatusCodes.Status200OK, id.ToString(), loaded.State, loaded.Version, Repeated: false), controller, view => view)
            : NoSuchRecipient();
    }
}

using Integritet.Disclosure.Integration;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Cases;

/// <summary>The cases of a controller.</summary>
public static class ReadCases
{
    public sealed record Page(IReadOnlyList<CaseView> Items, string? Next);

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/cases", ListAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listCases").WithSummary("Lists the cases.").Produces<Page>();
        app.MapGet("/v1/{controller}/cases/{id}", OneAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("getCase").WithSummary("A case, by its id or reference.").Produces<CaseView>();
    }

    internal static Problem NoSuchCase() => Problems.NotFound("There is no such case.");

    private static async Task<IResult> ListAsync(HttpContext http, string controller, CaseList cases, Confirmations confirmations, PolicyVersions policies)
    {
        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();
        var page = PageQuery.Of(http);
        var rows = await cases.ReadAsync(controller, page, http.RequestAborted);
        var confirmed = await confirmations.OfAsync(controller, [.. rows.Select(row => CaseRecord.Aggregate.StreamOf(row.CaseId.ToString()))], http.RequestAborted);
        return Results.Json(new Page([.. rows.Take(page.Limit).Select(row => CaseView.Of(row, confirmed))], page.Next(rows, row => row.Position)), JsonText.Options);
    }

    private static async Task<IResult> OneAsync(HttpContext http, string controller, string id, CaseList cases, EventStreams streams)
    {
        if (await cases.FindAsync(controller, id, http.RequestAborted) is not { } row)
            return NoSuchCase();
        var loaded = await streams.LoadAsync(CaseRecord.Aggregate, controller, row.CaseId.ToString(), cancellationToken: http.RequestAborted);
        return new CaseAnswer(new Answered<CaseRecord>(StatusCodes.Status200OK, row.CaseId.ToString(), loaded.State, loaded.Version, Repeated: false), controller);
    }
}

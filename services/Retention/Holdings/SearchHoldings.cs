using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Retention.Plans;
using Npgsql;

namespace Integritet.Retention.Holdings;

/// <summary>What is held about a person, under any of the person's identifiers, with each plan; now or as of an instant.</summary>
public static class SearchHoldings
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public sealed record Body(NamedSubject Subject, DateTimeOffset? AsOf = null);

    public sealed record Page(IReadOnlyList<HoldingView> Items, string? Next);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/holdings/search", HandleAsync).RequireRoles(ReadHolding.Readers).WithName("searchHoldings").WithSummary("Finds what is held about a person, under any of the person's identifiers.");

    private static async Task<IResult> HandleAsync(
        HttpContext http, string controller, Pseudonyms pseudonyms, NpgsqlDataSource dataSource, FactReader reader, IEventStore store, PolicyVersions policies, TimeProvider clock)
    {
        var body = await http.ReadBodyAsync<Body>();
        var faults = new List<ProblemError>();
        var subject = body.Subject.PseudonymAt(controller, pseudonyms, "/subject", faults);
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"A limit is a number from 1 to {MaxLimit}.", faults);
        var after = Cursor(http, faults);
        if (body.AsOf > clock.GetUtcNow())
            faults.Add(new ProblemError("Nobody knows what will be: an instant in the past is needed.", "/asOf"));
        if (subject is null || faults.Count > 0)
            return Problems.Unprocessable("The search cannot be made.", [.. faults]);
        var upTo = body.AsOf is { } asOf ? await store.PositionAtAsync(asOf, http.RequestAborted) : long.MaxValue;
        if (policies.InForce(controller, body.AsOf ?? clock.GetUtcNow(), upTo) is not { } policy)
            return PolicyVersions.NoSuchController();

        http.NoteSubjects([subject]);
        var rows = await HoldingRow.ReadAsync(dataSource, HoldingRow.ByPerson(controller, subject, after, upTo, limit + 1), http.RequestAborted);
        var items = await ReadHolding.ViewsAsync(controller, [.. rows.Take(limit)], policy, reader, upTo, body.AsOf, http.RequestAborted);
        return Results.Json(new Page(items, rows.Count > limit ? rows[limit - 1].HoldingId.ToString() : null), JsonText.Options);
    }

    private static Guid Cursor(HttpContext http, List<ProblemError> faults)
    {
        if (!http.Request.Query.TryGetValue("after", out var text))
            return Guid.Empty;
        if (Guid.TryParse(text, out var id))
            return id;
        faults.Add(new ProblemError("Take the cursor from the page before.", "#query/after"));
        return Guid.Empty;
    }
}

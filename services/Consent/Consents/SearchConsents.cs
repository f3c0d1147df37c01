using System.Globalization;
using Integritet.Consent.Subjects;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Consents;

/// <summary>A person's consent records, given under any of their identifiers, now or as they stood at an instant, newest first.</summary>
public static class SearchConsents
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    public sealed record Body(NamedSubject Subject, DateTimeOffset? AsOf = null);

    public sealed record Page(IReadOnlyList<ConsentView> Items, string? Next);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/consents/search", HandleAsync).RequireRoles(ReadConsent.Readers)
            .WithSummary("A person's consents, now or as of an instant.");

    private static async Task<IResult> HandleAsync(
        HttpContext http, string controller, Pseudonyms pseudonyms, IEventStore store, ConsentHistory history, LinkSets links, NpgsqlDataSource dataSource, PolicyVersions policies, TimeProvider clock)
    {
        var body = await http.ReadBodyAsync<Body>();
        var faults = new List<ProblemError>();
        var subject = body.Subject.PseudonymAt(controller, pseudonyms, "/subject", faults);
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"A limit is a number from 1 to {MaxLimit}.", faults);
        // The position of the last record seen; this page is strictly before it.
        var seen = http.Request.Query.Number("after", 1, long.MaxValue, long.MaxValue, "Take the cursor from the page before.", faults);
        if (body.AsOf > clock.GetUtcNow())
            faults.Add(new ProblemError("Nobody knows what will be: an instant in the past is needed.", "/asOf"));
        if (subject is null || faults.Count > 0)
            return Problems.Unprocessable("The search cannot be made.", [.. faults]);
        if (!await links.MayConcernAsync(http.Caller(), controller, subject, http.RequestAborted))
            return Problems.Forbidden("A person sees only their own consents.");

        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();

        var upTo = body.AsOf is { } asOf ? await store.PositionAtAsync(asOf, http.RequestAborted) : long.MaxValue;
        var person = await links.OfAsync(controller, subject, upTo, http.RequestAborted);
        http.NoteSubjects(person);
        var found = await Outage.TranslateAsync(FindAsync(dataSource, controller, person, Math.Min(seen - 1, upTo), limit + 1, http.RequestAborted));
        var items = new List<ConsentView>();
        foreach (var (consentId, _) in found.Take(limit))
            items.Add(ConsentView.Of(await history.ReadAsync(controller, consentId, upTo, http.RequestAborted), body.AsOf ?? clock.GetUtcNow()));
        var next = found.Count > limit ? found[limit - 1].Position.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new Page(items, next), JsonText.Options);
    }

    // A record has one first statement per purpose, all at one position: that of its beginning.
    private static async Task<List<(Guid ConsentId, long Position)>> FindAsync(NpgsqlDataSource dataSource, string controller, IReadOnlyList<string> person, long upTo, int limit, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            select distinct position, consent_id from {ConsentStatements.Table}
            where tenant_id = $1 and subject = any($2) and position <= $3 and status <> 'withdrawn'
            order by position desc limit $4
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. person], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<(Guid, long)>();
        while (await reader.ReadAsync(cancel))
            found.Add((reader.GetGuid(1), reader.GetInt64(0)));
        return found;
    }
}

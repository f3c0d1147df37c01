using System.Globalization;
using Integritet.Consent.Subjects;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Consents;

/// <summary>
/// <c>GET /v1/{controller}/consents/to-renew?version=&amp;limit=&amp;after=</c>: the consents in force that were given under older versions and do not cover what a version does: whose givers must be
/// asked again, and why. Oldest first; without <c>version</c>, the newest published one.
/// </summary>
public static class ListConsentsToRenew
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    /// <param name="Next">Cursor of the next page; a page may hold fewer items than asked for and still have a next one.</param>
    public sealed record Page(int Version, IReadOnlyList<Item> Items, string? Next);

    /// <summary>A consent to be asked for again for some of its purposes.</summary>
    public sealed record Item(Guid ConsentId, string Subject, int PolicyVersion, DateTimeOffset GivenAt, IReadOnlyList<ChangedPurpose> Purposes);

    public sealed record ChangedPurpose(string Purpose, IReadOnlyList<Change> Because);

    public sealed record Change(MaterialChangeKind Kind, string Detail);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/consents/to-renew", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("listConsentsToRenew").WithSummary("Lists the consents that a policy version makes it necessary to ask for again.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, PolicyVersions policies, NpgsqlDataSource dataSource, TimeProvider clock)
    {
        var faults = new List<ProblemError>();
        long Number(string name, long most, long absent) => http.Request.Query.Number(name, 1, most, absent, $"A whole number from 1 to {most}.", faults);
        var (limit, after, wanted) = ((int)Number("limit", MaxLimit, DefaultLimit), Number("after", long.MaxValue, 0), (int)Number("version", int.MaxValue, 0));
        if (faults.Count > 0)
            return Problems.Malformed("A number cannot be used.", [.. faults]);
        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();
        var version = wanted == 0 ? policies.Of(controller)[^1] : policies.Find(controller, wanted);
        if (version is null)
            return Problems.NotFound("There is no such published version.");

        var changes = Changes(version, policies.Of(controller));
        var found = changes.Count == 0 ? [] : await Outage.TranslateAsync(FindAsync(dataSource, controller, changes.Keys, after, limit + 1, clock.GetUtcNow(), http.RequestAborted));
        var items = found.Take(limit).Where(row => row.Purposes.Length > 0).Select(row => row.ToItem(changes)).ToArray();
        http.NoteSubjects(items.Select(item => item.Subject));
        var next = found.Count > limit ? found[limit - 1].Position.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new Page(version.Version, items, next), JsonText.Options);
    }

    /// <summary>What a version changes about consents given under each older one, by that version and purpose.</summary>
    internal static Dictionary<(int Version, string Purpose), IReadOnlyList<Change>> Changes(PolicyVersion newer, IEnumerable<PolicyVersion> all) =>
        all.Where(older => older.Version < newer.Version)
            .SelectMany(older => MaterialChanges.Between(older.Document, newer.Document), (older, change) => (older.Version, Change: change))
            .GroupBy(one => (one.Version, one.Change.Purpose))
            .ToDictionary(of => of.Key, of => (IReadOnlyList<Change>)[.. of.Select(one => new Change(one.Change.Kind, one.Change.Detail))]);

    private sealed record Row(long Position, Guid ConsentId, string Subject, int PolicyVersion, DateTimeOffset GivenAt, string[] Purposes)
    {
        public Item ToItem(Dictionary<(int Version, string Purpose), IReadOnlyList<Change>> changes) =>
            new(ConsentId, Subject, PolicyVersion, GivenAt, [.. Purposes.Order(StringComparer.Ordinal).Select(purpose => new ChangedPurpose(purpose, changes[(PolicyVersion, purpose)]))]);
    }

    // A statement counts where nothing newer was said on the purpose, under that identifier or another of the same person's. The other identifiers are looked at for the rows of the page alone.
    private static readonly string Sql =
        $"""
        with recursive page as materialized (
            select s.position, s.consent_id, s.subject as about, s.policy_version, s.stated_at, array_agg(s.purpose) as purposes
            from {ConsentStatements.Table} s
            join unnest($4::integer[], $5::varchar[]) changed(version, purpose) on changed.version = s.policy_version and changed.purpose = s.purpose
            where s.tenant_id = $1 and s.status = 'given' and s.position > $3 and (s.expires_at is null or s.expires_at > $6)
              and not exists (select from {ConsentStatements.Table} n where n.tenant_id = $1 and n.subject = s.subject and n.purpose = s.purpose and n.position > s.position)
            group by s.position, s.consent_id, s.subject, s.policy_version, s.stated_at
            order by s.position limit $7
        ),{LinkSets.Sql("select distinct p.about from page p")}
        select p.position, p.consent_id, p.about, p.policy_version, p.stated_at, array(
            select asked.purpose from unnest(p.purposes) asked(purpose) where not exists (
                select from linked l join {ConsentStatements.Table} n on n.tenant_id = $1 and n.subject = l.subject and n.purpose = asked.purpose
                where l.of_subject = p.about and n.position > p.position))
        from page p order by p.position
        """;

    private static async Task<List<Row>> FindAsync(
        NpgsqlDataSource dataSource, string controller, IReadOnlyCollection<(int Version, string Purpose)> changed, long after, int limit, DateTimeOffset now, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = long.MaxValue });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<int[]> { TypedValue = [.. changed.Select(one => one.Version)] });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. changed.Select(one => one.Purpose)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<DateTime> { TypedValue = now.UtcDateTime });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = limit });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<Row>();
        while (await reader.ReadAsync(cancel))
            found.Add(new Row(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetInt32(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetFieldValue<string[]>(5)));
        return found;
    }
}

using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;

namespace Integritet.Retention.LegalHolds;

/// <summary><c>GET /v1/{controller}/retention/legal-holds</c> and <c>/{id}</c>: the holds, in the order they were placed.</summary>
public static class ReadLegalHolds
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/retention/legal-holds", ListAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listLegalHolds").WithSummary("The legal holds, in the order they were placed.");
        app.MapGet("/v1/{controller}/retention/legal-holds/{id:guid}", ShowAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("getLegalHold").WithSummary("One legal hold.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, string controller, NpgsqlDataSource database, CaseHoldList cases, EventStreams streams)
    {
        var limit = Math.Min(Paging.Limit(http), 100);
        var rows = await Outage.TranslateAsync(FindAsync(database, controller, Paging.After(http), limit + 1, http.RequestAborted));
        var items = new List<LegalHoldAnswer>();
        foreach (var (holdId, _, isCase) in rows.Take(limit))
        {
            items.Add(isCase
                ? (await cases.FindAsync(controller, holdId, http.RequestAborted))!
                : LegalHoldAnswer.Of((await streams.LoadAsync(LegalHold.Aggregate, controller, holdId.ToString(), cancellationToken: http.RequestAborted)).State)!);
        }
        http.NoteSubjects(items.Select(item => item.Subject).OfType<string>());
        return Results.Json(new Page<LegalHoldAnswer>(items, rows.Count > limit ? rows[limit - 1].Position.ToString(CultureInfo.InvariantCulture) : null), JsonText.Options);
    }

    private static async Task<IResult> ShowAsync(HttpContext http, string controller, Guid id, CaseHoldList cases, EventStreams streams)
    {
        var (state, version) = await streams.LoadAsync(LegalHold.Aggregate, controller, id.ToString(), cancellationToken: http.RequestAborted);
        http.NoteSubjects(state.Subjects);
        if (state is not LegalHold.Unplaced)
            return LegalHoldAnswer.Of(http, new Answered<LegalHold>(StatusCodes.Status200OK, id.ToString(), state, version, Repeated: false));
        return await cases.FindAsync(controller, id, http.RequestAborted) is { } found ? Results.Json(found, JsonText.Options) : LegalHoldAnswer.NoSuchHold();
    }

    private static async Task<List<(Guid HoldId, long Position, bool IsCase)>> FindAsync(NpgsqlDataSource database, string controller, long after, int limit, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            select distinct position, hold_id, false from {LegalHoldRegister.Table} where tenant_id = $1 and position > $2
            union all
            select from_position, case_id, true from {PreservationCases.Cases} where tenant_id = $1 and from_position > $2
            order by 1 limit $3
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = after }, new() { Value = limit }]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var holds = new List<(Guid, long, bool)>();
        while (await row.ReadAsync(cancellationToken))
            holds.Add((row.GetGuid(1), row.GetInt64(0), row.GetBoolean(2)));
        return holds;
    }
}

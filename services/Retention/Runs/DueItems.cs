using System.Runtime.CompilerServices;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Subjects;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Runs;

/// <summary>A holding whose time has come, as a plan names it.</summary>
/// <param name="HoldingId">The holding.</param>
/// <param name="Action">What is to be instructed now: the erasure of a moved one, once it has moved.</param>
/// <param name="Rule">The clause that decides.</param>
/// <param name="DueAt">Since when.</param>
/// <param name="Holds">The legal holds that keep it, as a JSON array; null: it is instructed.</param>
public readonly record struct PlannedItem(Guid HoldingId, InstructionAction Action, string Rule, DateTime DueAt, string? Holds);

/// <summary>Reads due items as the read models say, in the order of their holdings; a plan's as a stream, so that memory does not grow with their number.</summary>
public static class DueItems
{
    /// <summary>
    /// Each holding under a legal hold, with the holds: those on it, and those on its subject under any of the person's identifiers. They are gathered first: there are few, and a look for each of a million
    /// holdings would be slow. Those on everything of the controller are apart.
    /// </summary>
    private static readonly string HoldSql =
        $"""
        with {SubjectLinks.PersonSql(StandingHolds.SubjectsNow, StandingHolds.Latest)},
        {StandingHolds.Now},
        hold as materialized (
            select c.holding_id, {HoldsSql} as holds
            from (
                select l.holding_id, l.hold_id, l.legal_case from standing l where l.holding_id is not null
                union
                select h.holding_id, l.hold_id, l.legal_case
                from standing l join person p on p.origin = l.subject join holding h on h.tenant_id = $1 and h.subject = p.subject) c
            group by c.holding_id),
        everything as materialized (
            select {HoldsSql} as holds from standing c where c.subject is null and c.holding_id is null)
        """;

    private const string HoldsSql = "jsonb_agg(jsonb_build_object('holdId', c.hold_id, 'case', c.legal_case, 'rule', 'LAW-17', 'code', 'legal-hold') order by c.hold_id)";

    // A row whose plan is being computed anew ("stale") waits for the next run.
    private const string Due = "h.tenant_id = $1 and h.status in ('held', 'moved') and not h.stale and h.due_at <= $2";
    private const string Act = "case h.status when 'moved' then 'erase' else h.act end";

    private static readonly string InstructableSql =
        $"""
        {HoldSql}
        select h.holding_id, {Act}, h.rule, coalesce(h.due_at, h.recorded_at), h.subject, h.system, h.reference, h.move_to
        from holding h left join hold on hold.holding_id = h.holding_id cross join everything
        """;

    /// <summary>Everything of a controller that is due at an instant and not instructed yet, with what holds it; only what a scheduled run takes by then, where <paramref name="scheduled"/>.</summary>
    public static async IAsyncEnumerable<PlannedItem> AllAsync(
        NpgsqlConnection connection, string controller, DateTimeOffset asOf, bool scheduled, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            $"""
            {HoldSql}
            select h.holding_id, {Act}, h.rule, h.due_at, (case when everything.holds is null then hold.holds else everything.holds || coalesce(hold.holds, '[]') end)::text
            from holding h left join hold on hold.holding_id = h.holding_id cross join everything
            where {Due}{(scheduled ? " and h.run_at <= $2" : "")} order by h.holding_id
            """,
            connection)
        {
            Parameters = { Text(controller), new() { Value = asOf.UtcDateTime } },
        };
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
            yield return new PlannedItem(row.GetGuid(0), ActionOf(row.GetString(1)), row.GetString(2), row.GetDateTime(3), row.IsDBNull(4) ? null : row.GetString(4));
    }

    /// <summary>Instructions on those of some holdings that are due at an instant, as they are now, and that nothing holds.</summary>
    public static Task<List<IssuedInstruction>> InstructableAsync(
        NpgsqlDataSource database, string controller, DateTimeOffset asOf, IReadOnlyList<Guid> holdings, DateTimeOffset deadline, CancellationToken cancellationToken) => ReadAsync(
        database, $"{InstructableSql} where {Due} and h.holding_id = any($3) and hold.holding_id is null and everything.holds is null order by h.holding_id", controller, deadline, cancellationToken,
        new() { Value = asOf.UtcDateTime }, Ids([.. holdings]));

    /// <summary>At most a thousand instructions that no run waits for: what its rule moves when it is registered, and the erasure of what has moved.</summary>
    public static Task<List<IssuedInstruction>> AtOnceAsync(NpgsqlDataSource database, string controller, DateTimeOffset deadline, CancellationToken cancellationToken) => ReadAsync(
        database, $"{InstructableSql} where h.tenant_id = $1 and {AtOnce.Condition} and not h.stale and hold.holding_id is null and everything.holds is null order by h.holding_id limit 1000", controller, deadline, cancellationToken);

    private static async Task<List<IssuedInstruction>> ReadAsync(
        NpgsqlDataSource database, string sql, string controller, DateTimeOffset deadline, CancellationToken cancellationToken, params NpgsqlParameter[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), .. parameters]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var items = new List<IssuedInstruction>();
        while (await row.ReadAsync(cancellationToken))
        {
            var (holding, action) = (row.GetGuid(0), ActionOf(row.GetString(1)));
            items.Add(new IssuedInstruction(
                InstructionId.Of(controller, holding, action), holding, row.GetString(4), row.GetString(5), row.GetString(6), action, action == InstructionAction.Move ? row.GetString(7) : null,
                row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), deadline));
        }

        return items;
    }

    private static InstructionAction ActionOf(string act) => act switch
    {
        "erase" => InstructionAction.Erase,
        "anonymise" => InstructionAction.Anonymise,
        "move-then-erase" => InstructionAction.Move,
        _ => throw new InvalidOperationException($"A plan does not {act}."),
    };
}

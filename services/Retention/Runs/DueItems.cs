using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Integritet.Retention.Instructions;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Retention.Runs;

/// <summary>A holding whose time has come.</summary>
/// <param name="HoldingId">The holding.</param>
/// <param name="Subject">Pseudonym; not part of listings.</param>
/// <param name="System">Its system of record.</param>
/// <param name="Reference">What that system calls it.</param>
/// <param name="Action">What is to be instructed now: the erasure of a moved one, once it has moved.</param>
/// <param name="MoveTo">Where to, for a move.</param>
/// <param name="Rule">The clause that decides.</param>
/// <param name="DueAt">Since when.</param>
/// <param name="Holds">The legal holds that keep it; none: it is instructed.</param>
public sealed record DueItem(
    Guid HoldingId, string Subject, string System, string Reference, InstructionAction Action, string? MoveTo, string Rule, DateTimeOffset DueAt, IReadOnlyList<HoldOnItem> Holds)
{
    public bool OnHold => Holds.Count > 0;

    /// <summary>The instruction it becomes.</summary>
    public IssuedInstruction Instructed(string controller, DateTimeOffset now) =>
        new(InstructionId.Of(controller, HoldingId, Action), HoldingId, Subject, System, Reference, Action, MoveTo, Rule, DueAt, now + Deadlines.ToAnswer);
}

/// <summary>A legal hold on an item.</summary>
public sealed record HoldOnItem([property: JsonPropertyName("holdId")] Guid HoldId, [property: JsonPropertyName("case")] string Case);

/// <summary>Reads due items as the read models say, in the order of their holdings, as a stream: memory does not grow with their number.</summary>
public static class DueItems
{
    /// <summary>
    /// The holds are gathered first: there are few, and a look for each of a million holdings would be slow. A row whose plan is being computed anew (<c>stale</c>) waits for the next run.
    /// </summary>
    private const string Sql =
        """
        with hold as materialized (
            select c.holding_id, jsonb_agg(jsonb_build_object('holdId', c.hold_id, 'case', c.legal_case) order by c.hold_id) as holds
            from (
                select l.holding_id, l.hold_id, l.legal_case from legal_hold l where l.tenant_id = $1 and l.released_at is null and l.holding_id is not null
                union
                select h.holding_id, l.hold_id, l.legal_case
                from legal_hold l join holding h on h.tenant_id = l.tenant_id and h.subject = l.subject
                where l.tenant_id = $1 and l.released_at is null and l.subject is not null) c
            group by c.holding_id)
        select h.holding_id, h.subject, h.system, h.reference, case h.status when 'moved' then 'erase' else h.act end, h.move_to, h.rule, coalesce(h.due_at, h.recorded_at), hold.holds
        from holding h left join hold on hold.holding_id = h.holding_id
        """;

    /// <summary>Everything of a controller that is due at an instant and not instructed yet; only what a scheduled run takes by then, where <paramref name="scheduled"/>.</summary>
    public static IAsyncEnumerable<DueItem> AllAsync(NpgsqlConnection connection, string controller, DateTimeOffset asOf, bool scheduled, CancellationToken cancellationToken) => ReadAsync(
        connection,
        $"{Sql} where h.tenant_id = $1 and h.status in ('held', 'moved') and not h.stale and h.due_at <= $2{(scheduled ? " and h.run_at <= $2" : "")} order by h.holding_id",
        [Text(controller), new() { Value = asOf.UtcDateTime }],
        cancellationToken);

    /// <summary>Those of some holdings that are due at an instant, as they are now.</summary>
    public static IAsyncEnumerable<DueItem> OfAsync(NpgsqlConnection connection, string controller, DateTimeOffset asOf, IReadOnlyList<Guid> holdings, CancellationToken cancellationToken) => ReadAsync(
        connection,
        $"{Sql} where h.tenant_id = $1 and h.status in ('held', 'moved') and not h.stale and h.due_at <= $2 and h.holding_id = any($3) order by h.holding_id",
        [Text(controller), new() { Value = asOf.UtcDateTime }, new() { Value = holdings.ToArray() }],
        cancellationToken);

    /// <summary>At most a thousand that no run waits for: what its rule moves when it is registered, and the erasure of what has moved.</summary>
    public static IAsyncEnumerable<DueItem> AtOnceAsync(NpgsqlConnection connection, string controller, CancellationToken cancellationToken) => ReadAsync(
        connection,
        $"""
        {Sql} where h.tenant_id = $1 and {AtOnce.Condition} and not h.stale and hold.holding_id is null order by h.holding_id limit 1000
        """,
        [Text(controller)],
        cancellationToken);

    private static async IAsyncEnumerable<DueItem> ReadAsync(NpgsqlConnection connection, string sql, NpgsqlParameter[] parameters, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        command.Parameters.AddRange(parameters);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        while (await row.ReadAsync(cancellationToken))
        {
            var action = ActionOf(row.GetString(4));
            yield return new DueItem(
                row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetString(3), action, action == InstructionAction.Move ? row.GetString(5) : null, row.GetString(6),
                row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? [] : JsonSerializer.Deserialize<HoldOnItem[]>(row.GetString(8))!);
        }
    }

    private static InstructionAction ActionOf(string act) => act switch
    {
        "erase" => InstructionAction.Erase,
        "anonymise" => InstructionAction.Anonymise,
        "move-then-erase" => InstructionAction.Move,
        _ => throw new InvalidOperationException($"A plan does not {act}."),
    };

    private static NpgsqlParameter Text(string text) => new() { Value = text, NpgsqlDbType = NpgsqlDbType.Varchar };
}

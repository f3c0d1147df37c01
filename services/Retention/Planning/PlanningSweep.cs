using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>How far a controller's holdings have been planned anew.</summary>
/// <param name="RebuiltAt">When their table was last built: a table that was built again is planned again.</param>
/// <param name="Last">The last holding that was planned.</param>
/// <param name="Seen">How many were.</param>
/// <param name="Changed">How many plans changed.</param>
/// <param name="Hash">Over what was planned.</param>
/// <param name="FinishedAt">Null while it goes on.</param>
public sealed record PlanningProgress(
    string Controller, int PolicyVersion, DateTime RebuiltAt, Guid Last, long Seen, long Changed, byte[] Hash, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt);

/// <summary>Keeps the progress of planning all holdings of a controller anew. Each batch moves it by compare-and-set, so that it goes on where it stood, whoever goes on with it.</summary>
public sealed class PlanningSweep(NpgsqlDataSource dataSource, PlanUpdates updates, TimeProvider clock)
{
    private const string Columns = "tenant_id, policy_version, rebuilt_at, last_holding, seen, changed, hash, started_at, finished_at";

    /// <summary>The progress of a version since the table was last built, begun where there is none.</summary>
    public async Task<PlanningProgress> FindAsync(string controller, int version, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            with begun as (
                insert into planning_sweep ({Columns})
                select $1, $2, p.rebuilt_at, '00000000-0000-0000-0000-000000000000', 0, 0, '', $3, null from integritet_projection p where p.name = 'holdings'
                on conflict do nothing returning {Columns})
            select {Columns} from begun
            union all
            select {Columns} from planning_sweep s where s.tenant_id = $1 and s.policy_version = $2 and s.rebuilt_at = (select rebuilt_at from integritet_projection where name = 'holdings')
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Count(version), new() { Value = clock.GetUtcNow().UtcDateTime }]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return Of(row);
    }

    /// <summary>The newest progress of a controller; null where nothing was ever planned anew.</summary>
    public async Task<PlanningProgress?> NewestAsync(string controller, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand($"select {Columns} from planning_sweep where tenant_id = $1 order by rebuilt_at desc, policy_version desc limit 1");
        command.Parameters.Add(Text(controller));
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? Of(row) : null;
    }

    /// <summary>Plans the next batch and gives the progress after it; null when there was none left.</summary>
    public async Task<PlanningProgress?> GoOnAsync(PlanningProgress progress, PolicyVersion policy, int limit, CancellationToken cancel)
    {
        var rows = await HoldingRow.ReadAsync(
            dataSource,
            HoldingRow.Where("h.tenant_id = $1 and h.status = 'held' and h.holding_id > $2 order by h.holding_id limit $3", Text(progress.Controller), Id(progress.Last), Count(limit)), cancel);
        if (rows.Count == 0)
            return null;
        var next = Add(progress, await updates.ApplyAsync(progress.Controller, rows, policy, progress.Hash, cancel));
        return await MoveAsync(progress, next, cancel) ? next : await FindAsync(progress.Controller, progress.PolicyVersion, cancel);
    }

    /// <summary>Everything has been planned, and that has been said.</summary>
    public Task<bool> FinishAsync(PlanningProgress progress, CancellationToken cancel) => MoveAsync(progress, progress with { FinishedAt = clock.GetUtcNow() }, cancel);

    private static PlanningProgress Add(PlanningProgress progress, PlannedBatch batch) =>
        progress with { Last = batch.Last, Seen = progress.Seen + batch.Seen, Changed = progress.Changed + batch.Changed, Hash = batch.Hash };

    private async Task<bool> MoveAsync(PlanningProgress from, PlanningProgress to, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            """
            update planning_sweep set last_holding = $5, seen = $6, changed = $7, hash = $8, finished_at = $9
            where tenant_id = $1 and policy_version = $2 and rebuilt_at = $3 and last_holding = $4 and finished_at is null
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[
            Text(from.Controller), Count(from.PolicyVersion), new() { Value = from.RebuiltAt }, Id(from.Last), Id(to.Last), Number(to.Seen), Number(to.Changed), new() { Value = to.Hash },
            new() { Value = (object?)to.FinishedAt?.UtcDateTime ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.TimestampTz }]);
        return await command.ExecuteNonQueryAsync(cancel) == 1;
    }

    private static PlanningProgress Of(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt32(1), row.GetDateTime(2), row.GetGuid(3), row.GetInt64(4), row.GetInt64(5), row.GetFieldValue<byte[]>(6), row.GetFieldValue<DateTimeOffset>(7),
        row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8));
}

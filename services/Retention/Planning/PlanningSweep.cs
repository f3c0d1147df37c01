using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>How far a controller's holdings have been planned anew.</summary>
/// <param name="RebuiltAt">When their table was last built: a table that was built again is planned again.</param>
/// <param name="Held">How many were held when it began.</param>
/// <param name="Last">The last holding that was planned.</param>
/// <param name="Seen">How many were.</param>
/// <param name="Changed">How many plans changed.</param>
/// <param name="Hash">Over what was planned.</param>
/// <param name="FinishedAt">Null while it goes on.</param>
public sealed record PlanningProgress(
    string Controller, int PolicyVersion, DateTime RebuiltAt, long Held, Guid Last, long Seen, long Changed, byte[] Hash, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt);

/// <summary>
/// Keeps the progress of planning all holdings of a controller anew. Each batch moves it by compare-and-set in the transaction that writes its plans, so that it goes on where it stood, whoever goes on with it.
/// </summary>
public sealed class PlanningSweep(NpgsqlDataSource dataSource, PlanUpdates updates, TimeProvider clock)
{
    private const string Columns = "tenant_id, policy_version, rebuilt_at, held, last_holding, seen, changed, hash, started_at, finished_at";
    private const string RebuiltAt = "(select rebuilt_at from integritet_projection where name = 'holdings')";
    private const string UnlessMoved = "tenant_id = $1 and policy_version = $9 and rebuilt_at = $10 and last_holding = $11 and finished_at is null";

    /// <summary>The progress of a version since the table was last built; null where it has not begun.</summary>
    public Task<PlanningProgress?> FindAsync(string controller, int version, CancellationToken cancel) => ReadAsync(
        $"select {Columns} from planning_sweep where tenant_id = $1 and policy_version = $2 and rebuilt_at = {RebuiltAt}", cancel, Text(controller), Count(version));

    /// <summary>The newest progress of a controller; null where nothing was ever planned anew.</summary>
    public Task<PlanningProgress?> NewestAsync(string controller, CancellationToken cancel) => ReadAsync(
        $"select {Columns} from planning_sweep where tenant_id = $1 order by rebuilt_at desc, policy_version desc limit 1", cancel, Text(controller));

    /// <summary>The progress of a version, begun where it has not.</summary>
    public async Task<PlanningProgress> BeginAsync(string controller, int version, CancellationToken cancel)
    {
        if (await FindAsync(controller, version, cancel) is { } begun)
            return begun;
        await using var command = dataSource.CreateCommand(
            $"""
            insert into planning_sweep ({Columns})
            select $1, $2, {RebuiltAt}, (select count(*) from holding where tenant_id = $1 and status = 'held'), '00000000-0000-0000-0000-000000000000', 0, 0, '', $3, null
            on conflict do nothing
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Count(version), new() { Value = clock.GetUtcNow().UtcDateTime }]);
        await command.ExecuteNonQueryAsync(cancel);
        return await FindAsync(controller, version, cancel) ?? await BeginAsync(controller, version, cancel);
    }

    /// <summary>Plans the next batch and gives the progress after it; null when there was none left.</summary>
    public async Task<PlanningProgress?> GoOnAsync(PlanningProgress progress, PolicyVersion policy, int limit, CancellationToken cancel)
    {
        var rows = await HoldingRow.ReadAsync(
            dataSource,
            HoldingRow.Where("h.tenant_id = $1 and h.status = 'held' and h.holding_id > $2 order by h.holding_id limit $3", Text(progress.Controller), Id(progress.Last), Count(limit)), cancel);
        if (rows.Count == 0)
            return null;
        var plans = await updates.PlanAsync(progress.Controller, rows, policy, cancel);
        var next = progress with { Last = rows[^1].HoldingId, Seen = progress.Seen + rows.Count, Hash = HashOf(progress.Hash, rows, plans) };
        var changed = await updates.WriteAsync(
            progress.Controller, rows, plans,
            $"update planning_sweep set last_holding = $12, seen = $13, hash = $14, changed = changed + (select count(*) from replanned) where {UnlessMoved} returning changed",
            [Count(progress.PolicyVersion), new() { Value = progress.RebuiltAt }, Id(progress.Last), Id(next.Last), Number(next.Seen), new() { Value = next.Hash }], cancel);
        return changed is { } sum ? next with { Changed = sum } : await BeginAsync(progress.Controller, progress.PolicyVersion, cancel);
    }

    /// <summary>Everything has been planned, and that has been said.</summary>
    public async Task FinishAsync(PlanningProgress progress, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            "update planning_sweep set finished_at = $5 where tenant_id = $1 and policy_version = $2 and rebuilt_at = $3 and last_holding = $4 and finished_at is null");
        command.Parameters.AddRange((NpgsqlParameter[])[
            Text(progress.Controller), Count(progress.PolicyVersion), new() { Value = progress.RebuiltAt }, Id(progress.Last), new() { Value = clock.GetUtcNow().UtcDateTime }]);
        await command.ExecuteNonQueryAsync(cancel);
    }

    /// <summary>One by one, so that it is the same however they were divided into batches.</summary>
    private static byte[] HashOf(byte[] before, IReadOnlyList<HoldingRow> rows, PlanTold[] plans)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var last = before;
        for (var i = 0; i < plans.Length; i++)
        {
            hash.AppendData(last);
            hash.AppendData(Encoding.UTF8.GetBytes($"{rows[i].HoldingId}|{plans[i].Rule}|{plans[i].DueAt?.UtcDateTime:O}\n"));
            last = hash.GetHashAndReset();
        }
        return last;
    }

    private async Task<PlanningProgress?> ReadAsync(string sql, CancellationToken cancel, params NpgsqlParameter[] parameters)
    {
        await using var command = dataSource.CreateCommand(sql);
        command.Parameters.AddRange(parameters);
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? Of(row) : null;
    }

    private static PlanningProgress Of(NpgsqlDataReader row) => new(
        row.GetString(0), row.GetInt32(1), row.GetDateTime(2), row.GetInt64(3), row.GetGuid(4), row.GetInt64(5), row.GetInt64(6), row.GetFieldValue<byte[]>(7), row.GetFieldValue<DateTimeOffset>(8),
        row.IsDBNull(9) ? null : row.GetFieldValue<DateTimeOffset>(9));
}

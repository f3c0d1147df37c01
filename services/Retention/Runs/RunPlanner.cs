using System.Data;
using Integritet.Platform.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Retention.Runs;

/// <summary>Makes the plan of a run from one snapshot of the read models, in one pass: due items stream by, are hashed and listed. Memory does not grow with their number.</summary>
public sealed class RunPlanner(NpgsqlDataSource database, RunPages pages)
{
    // A hundred thousand items are sorted in memory, more on disk.
    private const string SortInMemorySql = "set local work_mem = '32MB'";

    /// <summary>The plan as of an instant; its items are listed as those of <paramref name="runId"/>.</summary>
    /// <param name="controller">The tenant.</param>
    /// <param name="runId">The run it is made for.</param>
    /// <param name="asOf">What is due by then. Facts are today's.</param>
    /// <param name="scheduled">Only what a scheduled run of that instant takes.</param>
    /// <param name="cancellationToken">Gives it up.</param>
    public Task<PlanSummary> PlanAsync(string controller, Guid runId, DateTimeOffset asOf, bool scheduled, CancellationToken cancellationToken) =>
        Outage.TranslateAsync(PlanSnapshotAsync(controller, runId, asOf, scheduled, cancellationToken));

    private async Task<PlanSummary> PlanSnapshotAsync(string controller, Guid runId, DateTimeOffset asOf, bool scheduled, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, cancellationToken);
        await using (var memory = new NpgsqlCommand(SortInMemorySql, connection, snapshot))
            await memory.ExecuteNonQueryAsync(cancellationToken);
        await using var dueList = pages.Write(controller, runId, RunPages.Due);
        await using var heldList = pages.Write(controller, runId, RunPages.OnHold);
        using var hash = new PlanHash();
        var (due, onHold) = (0L, 0L);
        await foreach (var item in DueItems.AllAsync(connection, controller, asOf, scheduled, cancellationToken))
        {
            if (item.Holds is not null)
            {
                onHold++;
                await heldList.AddAsync(item, cancellationToken);
                continue;
            }

            due++;
            hash.Add(item.HoldingId, item.Action, item.Rule, item.DueAt);
            await dueList.AddAsync(item, cancellationToken);
        }

        await dueList.CompleteAsync(cancellationToken);
        await heldList.CompleteAsync(cancellationToken);
        var held = await CountHeldAsync(connection, controller, cancellationToken);
        return new PlanSummary(asOf, hash.Finish(), due, onHold, held - due - onHold);
    }

    private static async Task<long> CountHeldAsync(NpgsqlConnection connection, string controller, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select count(*) from holding where tenant_id = $1 and status in ('held', 'moved')", connection)
        {
            Parameters = { new() { Value = controller, NpgsqlDbType = NpgsqlDbType.Varchar } },
        };
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

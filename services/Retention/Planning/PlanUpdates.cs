using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>What came of planning a batch anew.</summary>
/// <param name="Seen">Holdings in it.</param>
/// <param name="Changed">How many plans changed.</param>
/// <param name="Last">The last holding.</param>
/// <param name="Hash">The hash before, gone on over the batch.</param>
public readonly record struct PlannedBatch(int Seen, int Changed, Guid Last, byte[] Hash);

/// <summary>Computes the plans of a batch of holdings and writes those that changed. Nothing waits long for it: it gives up a row that somebody else is changing and tries the batch again.</summary>
public sealed class PlanUpdates(NpgsqlDataSource dataSource, FactReader reader)
{
    private const string LockTimeoutSql = "set local lock_timeout = '100ms'";

    private const string UpdateSql =
        """
        update holding h set rule = p.rule, act = p.act, move_to = p.move_to, due_at = p.due_at, run_at = p.run_at, review_at = p.review_at, stale = false
        from unnest($2, $3, $4, $5, $6, $7, $8) as p(holding_id, rule, act, move_to, due_at, run_at, review_at)
        where h.tenant_id = $1 and h.holding_id = p.holding_id and h.status = 'held'
          and (h.stale or (h.rule, h.act, h.move_to, h.due_at, h.run_at, h.review_at) is distinct from (p.rule, p.act, p.move_to, p.due_at, p.run_at, p.review_at))
        """;

    /// <summary>Plans rows anew by a policy version and today's facts.</summary>
    public async Task<PlannedBatch> ApplyAsync(string controller, IReadOnlyList<HoldingRow> rows, PolicyVersion policy, byte[] hash, CancellationToken cancel)
    {
        var facts = await reader.ReadAsync(controller, [.. rows.Select(r => r.Data)], cancel);
        var plans = rows.Select(row => Plan.Of(row.Data, facts.Of(row.Data), policy).Told).ToArray();
        var changed = await WriteAsync(controller, rows, plans, cancel);
        return new PlannedBatch(rows.Count, changed, rows[^1].HoldingId, HashOf(hash, rows, plans));
    }

    private async Task<int> WriteAsync(string controller, IReadOnlyList<HoldingRow> rows, PlanTold[] plans, CancellationToken cancel)
    {
        while (true)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            try
            {
                await using var batch = new NpgsqlBatch(connection, transaction) { BatchCommands = { new NpgsqlBatchCommand(LockTimeoutSql), Update(controller, rows, plans) } };
                var changed = await batch.ExecuteNonQueryAsync(cancel);
                await transaction.CommitAsync(cancel);
                return Math.Max(0, changed);
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                await transaction.RollbackAsync(cancel);
            }
        }
    }

    private static NpgsqlBatchCommand Update(string controller, IReadOnlyList<HoldingRow> rows, PlanTold[] plans) => Command(
        UpdateSql, Text(controller), Ids([.. rows.Select(r => r.HoldingId)]), Texts([.. plans.Select(p => p.Rule)]), Texts([.. plans.Select(p => WrittenOf(p.Act))]),
        NullableTexts([.. plans.Select(p => p.MoveTo)]), Instants([.. plans.Select(p => p.DueAt?.UtcDateTime)]), Instants([.. plans.Select(p => p.RunAt?.UtcDateTime)]),
        Instants([.. plans.Select(p => p.ReviewAt?.UtcDateTime)]));

    /// <summary>As the registration's event says it.</summary>
    private static string WrittenOf(RetentionAct act) => act switch
    {
        RetentionAct.Erase => "erase",
        RetentionAct.Anonymise => "anonymise",
        RetentionAct.MoveThenErase => "move-then-erase",
        _ => throw new ArgumentOutOfRangeException(nameof(act)),
    };

    private static byte[] HashOf(byte[] before, IReadOnlyList<HoldingRow> rows, PlanTold[] plans)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(before);
        for (var i = 0; i < plans.Length; i++)
            hash.AppendData(Encoding.UTF8.GetBytes($"{rows[i].HoldingId}|{plans[i].Rule}|{plans[i].DueAt?.UtcDateTime:O}\n"));
        return hash.GetHashAndReset();
    }
}

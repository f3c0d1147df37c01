using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>Computes the plans of a batch of holdings and writes those that changed. Nothing waits long for it: it gives up a row that somebody else is changing and tries the batch again.</summary>
public sealed class PlanUpdates(NpgsqlDataSource dataSource, FactReader reader)
{
    private const string UpdateSql =
        """
        update holding h set rule = p.rule, act = p.act, move_to = p.move_to, due_at = p.due_at, run_at = p.run_at, review_at = p.review_at, stale = false
        from unnest($2, $3, $4, $5, $6, $7, $8) as p(holding_id, rule, act, move_to, due_at, run_at, review_at)
        where h.tenant_id = $1 and h.holding_id = p.holding_id and h.status = 'held'
          and (h.stale or (h.rule, h.act, h.move_to, h.due_at, h.run_at, h.review_at) is distinct from (p.rule, p.act, p.move_to, p.due_at, p.run_at, p.review_at))
        """;

    /// <summary>Plans rows by a policy version and today's facts.</summary>
    public async Task<PlanTold[]> PlanAsync(string controller, IReadOnlyList<HoldingRow> rows, PolicyVersion policy, CancellationToken cancel)
    {
        var facts = await reader.ReadAsync(controller, [.. rows.Select(r => r.Data)], cancel);
        return [.. rows.Select(row => Plan.Of(row.Data, facts.Of(row.Data), policy).Told)];
    }

    /// <summary>Plans rows anew and writes what changed.</summary>
    public async Task ApplyAsync(string controller, IReadOnlyList<HoldingRow> rows, PolicyVersion policy, CancellationToken cancel)
    {
        var plans = await PlanAsync(controller, rows, policy, cancel);
        await WriteAsync(() => Update(UpdateSql, controller, rows, plans, []), cancel);
    }

    /// <summary>
    /// Writes plans together with something that rests on how many of them changed: a statement over <c>replanned</c>, its parameters from $9 on. What it gives, if anything. Plans are derived, so nobody waits until
    /// they are on disk: a server that dies loses the last of them together with what was written beside them, and whatever is recorded as an event afterwards has them on disk first.
    /// </summary>
    public Task<long?> WriteAsync(string controller, IReadOnlyList<HoldingRow> rows, PlanTold[] plans, string with, NpgsqlParameter[] parameters, CancellationToken cancel) =>
        WriteAsync(() => Update($"with replanned as ({UpdateSql} returning 1) {with}", controller, rows, plans, parameters), cancel);

    private async Task<long?> WriteAsync(Func<NpgsqlBatchCommand> update, CancellationToken cancel)
    {
        while (true)
        {
            await using var connection = await dataSource.OpenConnectionAsync(cancel);
            await using var transaction = await connection.BeginTransactionAsync(cancel);
            try
            {
                await using var batch = new NpgsqlBatch(connection, transaction)
                {
                    BatchCommands = { Command("set local lock_timeout = '100ms'"), Command("set local synchronous_commit = off"), update() },
                };
                var given = await batch.ExecuteScalarAsync(cancel);
                await transaction.CommitAsync(cancel);
                return (long?)given;
            }
            catch (PostgresException e) when (e.SqlState is PostgresErrorCodes.LockNotAvailable or PostgresErrorCodes.DeadlockDetected)
            {
                await transaction.RollbackAsync(cancel);
            }
        }
    }

    private static NpgsqlBatchCommand Update(string sql, string controller, IReadOnlyList<HoldingRow> rows, PlanTold[] plans, NpgsqlParameter[] parameters) => Command(
        sql,
        [
            Text(controller), Ids([.. rows.Select(r => r.HoldingId)]), Texts([.. plans.Select(p => p.Rule)]), Texts([.. plans.Select(p => WrittenOf(p.Act))]),
            NullableTexts([.. plans.Select(p => p.MoveTo)]), Instants([.. plans.Select(p => p.DueAt?.UtcDateTime)]), Instants([.. plans.Select(p => p.RunAt?.UtcDateTime)]),
            Instants([.. plans.Select(p => p.ReviewAt?.UtcDateTime)]), .. parameters.Select(parameter => parameter.Clone()),
        ]);

    /// <summary>As the registration's event says it.</summary>
    private static string WrittenOf(RetentionAct act) => act switch
    {
        RetentionAct.Erase => "erase",
        RetentionAct.Anonymise => "anonymise",
        RetentionAct.MoveThenErase => "move-then-erase",
        _ => throw new ArgumentOutOfRangeException(nameof(act)),
    };
}

using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>Every run with its figures, and how far a real one has come.</summary>
public sealed class RunRegister(NpgsqlDataSource database)
{
    public const string Table = "retention_run";

    /// <summary>The status of a real run that is not through.</summary>
    public const string UnderWay = "under-way";

    public static InlineProjection Projection { get; } = new(
        "runs", Table, Version: 1, ["run-planned.v1", "run-started.v1", "instructions-issued.v1", "run-completed.v1"],
        """
        create table {table} (
            tenant_id    varchar     not null,
            run_id       uuid        not null,
            dry_run      boolean     not null,
            status       varchar     not null,
            as_of        timestamptz not null,
            plan_hash    varchar     not null,
            due          bigint      not null,
            on_hold      bigint      not null,
            not_due      bigint      not null,
            schedule     varchar     null,
            instructed   bigint      not null,
            made_at      timestamptz not null,
            completed_at timestamptz null,
            position     bigint      not null,
            primary key (tenant_id, run_id)
        );
        create index {table}_plan on {table} (tenant_id, plan_hash, position) where dry_run;
        create index {table}_position on {table} (tenant_id, position);
        create index {table}_under_way on {table} (position) where status = 'under-way'
        """,
        """
        with changed as (
            update {table} r
            set instructed = r.instructed + coalesce(jsonb_array_length(e.data->'items'), 0),
                status = case e.type when 'run-completed.v1' then 'completed' else r.status end,
                completed_at = (e.data->>'completedAt')::timestamptz
            from events e
            where e.type in ('instructions-issued.v1', 'run-completed.v1') and r.tenant_id = e.tenant_id and r.run_id = (e.data->>'runId')::uuid)
        insert into {table} (tenant_id, run_id, dry_run, status, as_of, plan_hash, due, on_hold, not_due, schedule, instructed, made_at, position)
        select e.tenant_id, (e.data->>'runId')::uuid, e.type = 'run-planned.v1', case e.type when 'run-planned.v1' then 'planned' else 'under-way' end,
               (p.plan->>'asOf')::timestamptz, p.plan->>'planHash', (p.plan->>'due')::bigint, (p.plan->>'onHold')::bigint, (p.plan->>'notDue')::bigint, e.data->>'schedule', 0, e.timestamp, e.seq_id
        from events e cross join lateral (select e.data->'plan' as plan) p
        where e.type in ('run-planned.v1', 'run-started.v1')
        """);

    /// <summary>The newest dry run with a plan hash; null where there is none.</summary>
    public async Task<DryRun?> FindDryRunAsync(string controller, string planHash, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select run_id, as_of from {Table} where tenant_id = $1 and plan_hash = $2 and dry_run order by position desc limit 1");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = planHash }]);
        await using var row = await Outage.TranslateAsync(command.ExecuteReaderAsync(cancellationToken));
        return await row.ReadAsync(cancellationToken) ? new DryRun(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1)) : null;
    }

    /// <summary>One run as it stands; null where there is none. A run's stream holds every instruction it has issued, a hundred thousand and more, so it is not read to know that.</summary>
    public async Task<Standing?> FindAsync(string controller, Guid runId, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            select r.dry_run, r.status, r.as_of, r.plan_hash, r.due, r.on_hold, r.not_due, r.instructed, r.schedule, s.version
            from {Table} r join mt_streams s on s.tenant_id = r.tenant_id and s.id = $3
            where r.tenant_id = $1 and r.run_id = $2
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = runId }, new() { Value = Run.Aggregate.StreamOf(runId.ToString()) }]);
        await using var row = await Outage.TranslateAsync(command.ExecuteReaderAsync(cancellationToken));
        return await row.ReadAsync(cancellationToken)
            ? new Standing(
                runId, row.GetBoolean(0), row.GetString(1), new PlanSummary(row.GetFieldValue<DateTimeOffset>(2), row.GetString(3), row.GetInt64(4), row.GetInt64(5), row.GetInt64(6)), row.GetInt64(7),
                row.IsDBNull(8) ? null : row.GetString(8), row.GetInt64(9))
            : null;
    }

    /// <summary>Runs that are not through, of one controller or of all, the oldest first.</summary>
    public async Task<IReadOnlyList<(string Controller, Guid RunId)>> UnderWayAsync(string? controller, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select tenant_id, run_id from {Table} where status = 'under-way' and ($1::varchar is null or tenant_id = $1) order by position");
        command.Parameters.Add(new() { Value = (object?)controller ?? DBNull.Value });
        await using var row = await Outage.TranslateAsync(command.ExecuteReaderAsync(cancellationToken));
        var runs = new List<(string, Guid)>();
        while (await row.ReadAsync(cancellationToken))
            runs.Add((row.GetString(0), row.GetGuid(1)));
        return runs;
    }

    /// <param name="RunId">The dry run.</param>
    /// <param name="AsOf">For when it was made.</param>
    public sealed record DryRun(Guid RunId, DateTimeOffset AsOf);

    /// <summary>A run as it stands.</summary>
    /// <param name="RunId">The run.</param>
    /// <param name="DryRun">Whether it instructs nothing.</param>
    /// <param name="Status"><c>planned</c>, <c>under-way</c>, <c>completed</c>.</param>
    /// <param name="Plan">What it is of.</param>
    /// <param name="Instructed">How many instructions it has issued.</param>
    /// <param name="Schedule">The schedule by which it runs.</param>
    /// <param name="Version">Of its stream.</param>
    public sealed record Standing(Guid RunId, bool DryRun, string Status, PlanSummary Plan, long Instructed, string? Schedule, long Version)
    {
        /// <summary>How many of its pages have been instructed, while it is under way: its stream has its start, and then an event for each.</summary>
        public int Pages => (int)(Version - 1);
    }
}

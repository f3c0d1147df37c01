using System.Diagnostics;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>Where planning stands, whichever replica plans.</summary>
/// <param name="Done">Facts up to this position have been worked into the plans.</param>
/// <param name="NewestFact">Position of the newest fact.</param>
/// <param name="AnyStale">Whether a holding was registered on facts older than those stored.</param>
/// <param name="RebuiltAt">When the holdings' table was last built.</param>
public sealed record PlanningState(long Done, long NewestFact, bool AnyStale, DateTime RebuiltAt)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(25);

    public static async Task<PlanningState> ReadAsync(NpgsqlDataSource dataSource, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            select coalesce((select last_seq_id from mt_event_progression where name = '{FactChanges.Checkpoint}'), 0),
                   greatest((select max(position) from retention_trigger), (select max(position) from retention_agreement), (select max(from_position) from subject_link), (select max(until_position) from subject_link), 0),
                   exists (select from holding where stale and status = 'held'),
                   (select rebuilt_at from integritet_projection where name = 'holdings')
            """);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return new PlanningState(row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2), row.GetDateTime(3));
    }

    /// <summary>Waits until the plans in a controller's rows rest on every fact stored so far and on the policy version in force; false if that takes longer than given.</summary>
    public static Task<bool> WaitUntilSettledAsync(NpgsqlDataSource dataSource, PolicyVersions policies, TimeProvider clock, string controller, TimeSpan atMost, CancellationToken cancel) =>
        Outage.TranslateAsync(WaitAsync(dataSource, policies, clock, controller, atMost, cancel));

    private static async Task<bool> WaitAsync(NpgsqlDataSource dataSource, PolicyVersions policies, TimeProvider clock, string controller, TimeSpan atMost, CancellationToken cancel)
    {
        var began = Stopwatch.GetTimestamp();
        var before = (await ReadAsync(dataSource, cancel)).NewestFact;
        while (true)
        {
            var state = await ReadAsync(dataSource, cancel);
            if (state.Done >= before && !state.AnyStale && await IsSweptAsync(dataSource, policies, clock, controller, state.RebuiltAt, cancel))
                return true;
            if (Stopwatch.GetElapsedTime(began) > atMost)
                return false;
            await Task.Delay(Pause, cancel);
        }
    }

    private static async Task<bool> IsSweptAsync(NpgsqlDataSource dataSource, PolicyVersions policies, TimeProvider clock, string controller, DateTime rebuiltAt, CancellationToken cancel)
    {
        if (policies.InForce(controller, clock.GetUtcNow()) is not { } policy)
            return true;
        await using var command = dataSource.CreateCommand(
            "select exists (select from planning_sweep where tenant_id = $1 and policy_version = $2 and rebuilt_at = $3 and finished_at is not null)");
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Count(policy.Version), new() { Value = rebuiltAt }]);
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }
}

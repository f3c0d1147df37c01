using System.Diagnostics;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>Whether the plans in the rows rest on everything that is known. A run goes by them, so it waits until they do: nothing goes on a plan that an agreement or a new policy version has overtaken.</summary>
public sealed class CurrentPlans(NpgsqlDataSource dataSource, PlanningSweep sweep, PolicyVersions policies, ICheckpoints checkpoints, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    /// <summary>Whether those of a controller are.</summary>
    public async Task<bool> AreAsync(string controller, CancellationToken cancel)
    {
        if (policies.InForce(controller, clock.GetUtcNow()) is not { } policy)
            return true;
        var workedIn = await checkpoints.GetAsync(FactChanges.Checkpoint, cancel);
        if (await Outage.TranslateAsync(AnyAfterAsync(controller, workedIn, cancel)))
            return false;
        return await Outage.TranslateAsync(sweep.FindAsync(controller, policy.Version, cancel)) is { FinishedAt: not null };
    }

    /// <summary>Waits until they are; null then, and after a while the answer that they are not.</summary>
    public async Task<Problem?> WaitAsync(string controller, CancellationToken cancel)
    {
        for (var began = Stopwatch.GetTimestamp(); !await AreAsync(controller, cancel); await Task.Delay(Pause, cancel))
        {
            if (Stopwatch.GetElapsedTime(began) > Patience)
                return Problems.Unavailable("The plans of this controller are being brought up to date.", retryAfterSeconds: 10);
        }

        return null;
    }

    private async Task<bool> AnyAfterAsync(string controller, long position, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            """
            select exists (select from retention_trigger where tenant_id = $1 and position > $2)
                or exists (select from retention_agreement where tenant_id = $1 and position > $2)
                or exists (select from received_consent where tenant_id = $1 and position > $2)
                or exists (select from subject_link where tenant_id = $1 and (from_position > $2 or until_position > $2))
                or exists (select from holding where tenant_id = $1 and stale and status = 'held')
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Number(position)]);
        return (bool)(await command.ExecuteScalarAsync(cancel))!;
    }
}

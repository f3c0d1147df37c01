using System.Collections.Concurrent;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Instructions;
using Integritet.Retention.Planning;
using Integritet.Retention.Plans;
using NodaTime;

namespace Integritet.Retention.Runs;

/// <summary>
/// Starts a run at every occurrence of the schedules of each controller's policy, in the controller's zone. A run's id is made of controller, schedule and occurrence, so it is started once, whoever comes to it
/// and however often; one that was missed is made up for, the latest of several.
/// </summary>
public sealed class ScheduleRuns(PolicyVersions policies, CurrentPlans plans, EventStreams streams, RunRegister runs, RunPlanner planner, TimeProvider time)
{
    /// <summary>The occurrence seen to, of each controller and schedule: spares asking the store each time.</summary>
    private readonly ConcurrentDictionary<(string Controller, string Schedule), Instant> _seenTo = new();

    /// <summary>Starts the runs whose time has come.</summary>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        foreach (var controller in policies.Controllers)
        {
            if (policies.InForce(controller, now) is not { } policy)
                continue;
            foreach (var (schedule, occurrence) in Due(policy, now))
            {
                if (_seenTo.GetValueOrDefault((controller, schedule)) >= occurrence || !await plans.AreAsync(controller, cancellationToken))
                    continue;
                await StartAsync(controller, schedule, occurrence.ToDateTimeOffset(), cancellationToken);
                _seenTo[(controller, schedule)] = occurrence;
            }
        }
    }

    /// <summary>The latest occurrence of each schedule of a policy, unless it was before the policy took effect.</summary>
    public static IEnumerable<(string Schedule, Instant Occurrence)> Due(PolicyVersion policy, DateTimeOffset now)
    {
        var zone = CalendarArithmetic.ZoneOf(policy.Document);
        return from schedule in policy.Document.Keep.Where(rule => rule.Until is not null and not Until.AtOnce).Select(rule => rule.Schedule).Distinct()
               let occurrence = schedule.Latest(zone, Instant.FromDateTimeOffset(now))
               where occurrence >= Instant.FromDateTimeOffset(policy.EffectiveFrom)
               select (schedule.Written(), occurrence);
    }

    private async Task StartAsync(string controller, string schedule, DateTimeOffset occurrence, CancellationToken cancellationToken)
    {
        var runId = InstructionId.OfScheduledRun(controller, schedule, occurrence);
        if (await runs.FindAsync(controller, runId, cancellationToken) is not null)
            return;
        var plan = await planner.PlanAsync(controller, runId, occurrence, scheduled: true, cancellationToken);
        object[] events = plan.Due > 0
            ? [new RunEvent.Started(runId, plan, schedule, DryRunId: null)]
            : [new RunEvent.Started(runId, plan, schedule, DryRunId: null), new RunEvent.Completed(runId, 0, time.GetUtcNow())];
        // A conflict: another replica was faster.
        await streams.AppendAsync(
            controller, Run.Aggregate.StreamOf(runId.ToString()), ExpectedVersion.NoStream, events, new EventMetadata(runId.ToString(), runId.ToString(), "retention"),
            new AppendOptions { StreamType = Run.Aggregate.Name }, cancellationToken);
    }
}

using System.Diagnostics;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Integritet.Retention.Systems;
using Microsoft.Extensions.Options;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>
/// Keeps the plans in the rows up to date, on one replica at a time: after each trigger and agreement those it bears on, those registered while a fact came in, and all of a controller's when a policy version takes
/// effect or the table was rebuilt. In small batches, resting between them, so that nobody waits for it; where it was killed, it goes on.
/// </summary>
public sealed partial class Planner(
    NpgsqlDataSource dataSource, FactChanges changes, PlanUpdates updates, PlanningSweep sweep, PolicyVersions policies, SystemRegister systems, ICheckpoints checkpoints, EventStreams streams,
    IOptions<EventStoreOptions> store, TimeProvider clock, ILogger<Planner> logger) : BackgroundService
{
    private const int LeadershipKey = 110;

    /// <summary>A few milliseconds of work.</summary>
    private const int BatchSize = 100;

    private const int FactsAtOnce = 100;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>How long planning everything anew goes on until it is looked whether there is something else to do.</summary>
    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<(string Controller, int Version, DateTime RebuiltAt)> _swept = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await using var leadership = await Leadership.AcquireAsync(store.Value.ConnectionString, LeadershipKey, stoppingToken);
                await LeadAsync(leadership, stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested && (Outage.Is(e) || e is EventStoreUnavailableException))
            {
                StoreAway(e);
                await Task.Delay(RetryPause, stoppingToken);
            }
        }
    }

    private async Task LeadAsync(Leadership leadership, CancellationToken cancel)
    {
        // What another leader finished meanwhile is read again.
        _swept.Clear();
        while (true)
        {
            await leadership.ConfirmAsync(cancel);
            if (!await WorkAsync(cancel))
                await Task.Delay(Period, cancel);
        }
    }

    /// <summary>A little of everything that is to be done; false when there was nothing.</summary>
    private async Task<bool> WorkAsync(CancellationToken cancel)
    {
        var state = await PlanningState.ReadAsync(dataSource, cancel);
        var worked = await SweepAsync(state.RebuiltAt, cancel);
        if (state.AnyStale)
            worked |= await PlanStaleAsync(cancel);
        if (state.Done < state.NewestFact)
            worked |= await PlanFactsAsync(state.Done, cancel);
        return worked;
    }

    private async Task<bool> PlanStaleAsync(CancellationToken cancel)
    {
        var any = false;
        foreach (var controller in await StaleControllersAsync(cancel))
        {
            if (policies.InForce(controller, clock.GetUtcNow()) is not { } policy)
                continue;
            var rows = await HoldingRow.ReadAsync(
                dataSource, HoldingRow.Where("h.tenant_id = $1 and h.stale and h.status = 'held' order by h.holding_id limit $2", Text(controller), Count(BatchSize)), cancel);
            if (rows.Count > 0)
                await RestAfterAsync(() => updates.ApplyAsync(controller, rows, policy, cancel), cancel);
            any |= rows.Count > 0;
        }
        return any;
    }

    private async Task<IReadOnlyList<string>> StaleControllersAsync(CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand("select distinct tenant_id from holding where stale and status = 'held'");
        await using var row = await command.ExecuteReaderAsync(cancel);
        var controllers = new List<string>();
        while (await row.ReadAsync(cancel))
            controllers.Add(row.GetString(0));
        return controllers;
    }

    private async Task<bool> PlanFactsAsync(long done, CancellationToken cancel)
    {
        if (!policies.AreReceived)
            return false;
        var facts = await changes.AfterAsync(done, FactsAtOnce, cancel);
        foreach (var told in facts.GroupBy(fact => fact.Position))
        {
            foreach (var fact in told)
            {
                // Without a policy nothing is held; once there is one, all of the controller's is planned by it.
                if (policies.InForce(fact.Controller, clock.GetUtcNow()) is { } policy)
                    await PlanMetByAsync(fact, policy, cancel);
            }
            if (!await checkpoints.TryMoveAsync(FactChanges.Checkpoint, done, told.Key, cancel))
                return true;
            done = told.Key;
        }
        return facts.Count > 0;
    }

    private async Task PlanMetByAsync(FactChange fact, PolicyVersion policy, CancellationToken cancel)
    {
        var last = Guid.Empty;
        while (true)
        {
            var rows = await changes.MetByAsync(fact, systems.Names(fact.Controller, policy), last, BatchSize, cancel);
            if (rows.Count > 0)
                await RestAfterAsync(() => updates.ApplyAsync(fact.Controller, rows, policy, cancel), cancel);
            if (rows.Count < BatchSize)
                return;
            last = rows[^1].HoldingId;
        }
    }

    private async Task<bool> SweepAsync(DateTime rebuiltAt, CancellationToken cancel)
    {
        var any = false;
        foreach (var controller in policies.Controllers)
        {
            if (policies.InForce(controller, clock.GetUtcNow()) is not { } policy || _swept.Contains((controller, policy.Version, rebuiltAt)))
                continue;
            var progress = await sweep.BeginAsync(controller, policy.Version, cancel);
            if (progress.FinishedAt is null)
            {
                any = true;
                if (await SweepOnAsync(progress, policy, cancel) is not { } done)
                    continue;
                await SayReplannedAsync(done, cancel);
                await sweep.FinishAsync(done, cancel);
            }
            _swept.Add((controller, policy.Version, progress.RebuiltAt));
        }
        return any;
    }

    /// <summary>Plans on for a while; gives the progress when nothing is left to plan.</summary>
    private async Task<PlanningProgress?> SweepOnAsync(PlanningProgress progress, PolicyVersion policy, CancellationToken cancel)
    {
        for (var began = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(began) < Turn;)
        {
            PlanningProgress? next = null;
            await RestAfterAsync(async () => next = await sweep.GoOnAsync(progress, policy, BatchSize, cancel), cancel, times: 2);
            if (next is null)
                return progress;
            progress = next;
        }
        return null;
    }

    /// <summary>Said once for each version, however often the table is rebuilt; of a controller that holds nothing there is nothing to say.</summary>
    private async Task SayReplannedAsync(PlanningProgress done, CancellationToken cancel)
    {
        SweptAll(done.Controller, done.PolicyVersion, done.Seen, done.Changed);
        if (done.Seen == 0)
            return;
        var id = Guid.CreateVersion7().ToString();
        await streams.AppendAsync(
            done.Controller, Replanned.StreamOf(done.PolicyVersion), ExpectedVersion.NoStream, [new Replanned(done.PolicyVersion, done.Seen, done.Changed, Convert.ToHexStringLower(done.Hash))],
            new EventMetadata(id, id, "retention"), cancellationToken: cancel);
    }

    /// <summary>Rests as long as the work took, or a multiple, so that it has but a share of one processor, and longer pauses on a machine that is busy.</summary>
    private static async Task RestAfterAsync(Func<Task> work, CancellationToken cancel, int times = 1)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        await Task.Delay(Stopwatch.GetElapsedTime(began) * times, cancel);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Plans cannot be brought up to date just now; trying again")]
    private partial void StoreAway(Exception e);

    [LoggerMessage(Level = LogLevel.Information, Message = "All holdings of {Controller} are planned by policy version {Version}: {Seen} seen, {Changed} changed")]
    private partial void SweptAll(string controller, int version, long seen, long changed);
}

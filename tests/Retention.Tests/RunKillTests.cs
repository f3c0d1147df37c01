using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Retention.Instructions;
using Integritet.Retention.Planning;
using Integritet.Retention.Runs;

namespace Integritet.Retention.Tests;

/// <summary>What is begun is finished once, however often the process is killed, and whoever goes on.</summary>
public sealed class RunKillTests(RunStore store, Installation installation)
{
    private readonly TestController _controller = new(store);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_killed_again_and_again_in_a_run_carries_it_through_once()
    {
        await using var own = new RunStore();
        await own.InitializeAsync();
        own.Clock.Now = TimeProvider.System.GetUtcNow();
        var controller = new TestController(own);
        var holdings = await controller.HoldAsync(4_000);
        var (runId, _) = await controller.StartRunAsync();
        foreach (var kill in new[] { 1_000, 2_000 })
        {
            await using var service = await StartAsync(own);
            await Until.TrueAsync(async () => await CountAsync(own, controller) >= kill, withinSeconds: 60);
            await service.KillAsync();
        }

        await using var last = await StartAsync(own);
        await Until.TrueAsync(async () => await RunOfAsync(own, controller, runId) is Run.Done, withinSeconds: 60);
        Assert.Equal(4_000, ((Run.Done)await RunOfAsync(own, controller, runId)).Completed.Instructed);
        Assert.Equal(holdings.Order(), (await controller.InstructionsAsync()).Select(i => i.Issued.HoldingId).Order());
        var events = await own.Get<IEventStore>().ReadStreamAsync(controller.Id, $"run-{runId}", cancellationToken: Cancel);
        Assert.Equal(["run-started.v1", .. Enumerable.Repeat("instructions-issued.v1", 4), "run-completed.v1"], events.Select(e => e.Type));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_while_a_schedule_comes_round_its_run_is_started_once(bool afterCommit)
    {
        await _controller.HoldAsync(3, dueAt: store.Clock.Now.AddDays(-1));
        await FollowPolicyAsync("netip");
        store.Faults.KillAfter(0, afterCommit);
        try
        {
            await Assert.ThrowsAsync<KilledException>(() => Schedule().StartAsync(Cancel));
        }
        finally
        {
            store.Faults.Heal();
        }

        await Task.WhenAll(Schedule().StartAsync(Cancel), Schedule().StartAsync(Cancel));
        await Schedule().StartAsync(Cancel);
        await store.Get<ExecuteRuns>().ContinueAsync(Cancel);
        Assert.Equal(3, (await _controller.InstructionsAsync()).Count);
        Assert.Equal(["daily-03:00", "monthly-1-00:00"], await SchedulesRunAsync());
    }

    [Fact]
    public async Task A_schedule_missed_for_days_is_made_up_for_once()
    {
        await FollowPolicyAsync("netip");
        var (clock, schedule) = (store.Clock.Now, Schedule());
        try
        {
            await schedule.StartAsync(Cancel);
            await _controller.HoldAsync(2, dueAt: store.Clock.Now.AddHours(1));
            store.Clock.Now = clock.AddDays(5);
            await schedule.StartAsync(Cancel);
            await schedule.StartAsync(Cancel);
            await store.Get<ExecuteRuns>().ContinueAsync(Cancel);
        }
        finally
        {
            store.Clock.Now = clock;
        }

        Assert.Equal(["daily-03:00", "daily-03:00", "monthly-1-00:00"], await SchedulesRunAsync());
        Assert.Equal(2, (await _controller.InstructionsAsync()).Count);
    }

    [Fact]
    public async Task A_run_waits_until_plans_rest_on_everything_known()
    {
        await _controller.HoldAsync(1);
        await FollowPolicyAsync("netip");
        var (runId, _) = await _controller.StartRunAsync();
        await _controller.AppendAsync("triggers-x", new Triggers.TriggerTold("service-ended", store.Clock.Now, Triggers.TriggerTarget.Customer, "k-3", null));
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        Assert.Empty(await _controller.InstructionsAsync());
        var checkpoints = store.Get<ICheckpoints>();
        await checkpoints.TryMoveAsync(FactChanges.Checkpoint, await checkpoints.GetAsync(FactChanges.Checkpoint, Cancel), await store.Get<IEventStore>().HeadAsync(Cancel), Cancel);
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        Assert.Single(await _controller.InstructionsAsync());
    }

    [Fact]
    public async Task Killed_after_the_keys_were_destroyed_their_destruction_is_recorded_all_the_same()
    {
        await _controller.HoldAsync(1);
        var (runId, _) = await _controller.StartRunAsync();
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        var issued = Assert.Single(await _controller.InstructionsAsync()).Issued;
        await _controller.ConfirmAsync(issued);
        store.Faults.KillAfter(0, afterCommit: false);
        try
        {
            await Assert.ThrowsAsync<KilledException>(() => store.Get<FollowUp>().DestroyKeysAsync(Cancel));
        }
        finally
        {
            store.Faults.Heal();
        }

        await store.Get<FollowUp>().DestroyKeysAsync(Cancel);
        var (state, _) = await store.Streams.LoadAsync(Instruction.Aggregate, _controller.Id, issued.InstructionId.ToString(), cancellationToken: Cancel);
        Assert.NotNull(Assert.IsType<Instruction.Closed>(state).KeysDestroyed);
    }

    /// <summary>A leader's schedule, which remembers nothing of another's.</summary>
    private ScheduleRuns Schedule() => new(store.Get<PolicyVersions>(), store.Get<CurrentPlans>(), store.Streams, store.Get<RunRegister>(), store.Get<RunPlanner>(), store.Clock);

    /// <summary>Gives the test's controller a policy by which everything is planned already.</summary>
    private async Task FollowPolicyAsync(string policy)
    {
        var version = Pure.Policy(policy);
        store.Get<PolicyVersions>().Add([(_controller.Id, version)]);
        var sweep = store.Get<PlanningSweep>();
        await sweep.FinishAsync(await sweep.BeginAsync(_controller.Id, version.Version, Cancel), Cancel);
    }

    private async Task<List<string>> SchedulesRunAsync()
    {
        await using var command = store.Database.CreateCommand("select schedule from retention_run where tenant_id = $1 and schedule is not null order by schedule");
        command.Parameters.Add(new() { Value = _controller.Id });
        await using var row = await command.ExecuteReaderAsync(Cancel);
        var schedules = new List<string>();
        while (await row.ReadAsync(Cancel))
            schedules.Add(row.GetString(0));
        return schedules;
    }

    // Without a broker: what is told waits in the log, and what is done goes on.
    private async Task<ServiceProcess> StartAsync(RunStore own)
    {
        await installation.ServiceAsync();
        var service = new ServiceProcess("Retention", new Dictionary<string, string>(installation.Environment, StringComparer.Ordinal)
        {
            ["EventStore__ConnectionString"] = own.ConnectionString, ["RabbitMq__Uri"] = "amqp://nobody:nothing@127.0.0.1:1/",
        });
        await service.LiveAsync();
        return service;
    }

    private static async Task<long> CountAsync(RunStore own, TestController controller)
    {
        await using var command = own.Database.CreateCommand("select count(*) from instruction where tenant_id = $1");
        command.Parameters.Add(new() { Value = controller.Id });
        return (long)(await command.ExecuteScalarAsync(Cancel))!;
    }

    private static async Task<Run> RunOfAsync(RunStore own, TestController controller, Guid runId) =>
        (await own.Streams.LoadAsync(Run.Aggregate, controller.Id, runId.ToString(), cancellationToken: Cancel)).State;
}

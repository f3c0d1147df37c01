using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using RabbitMQ.Client;

namespace Integritet.Messaging.Tests;

/// <summary>Two replicas of one service forward one log.</summary>
public sealed class ReplicaTests(SharedServers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Of_two_replicas_one_publishes_and_each_event_is_published_once()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        // A confirm that is only late must not be taken for lost, since what is not confirmed is published again.
        (string, string) patient = ("RabbitMq:PublishTimeoutMs", "60000");
        var one = await world.StartAlphaAsync(patient);
        var two = await world.StartAlphaAsync(patient);
        await using var observed = await Observed.StartAsync(world);
        using var load = new Load(one, two);
        await Wait.UntilAsync(() => observed.Positions.Count > 300);
        await load.StopAsync();

        var log = await one.LogAsync();
        await Wait.UntilAsync(() => observed.Positions.Count >= log.Count);
        Assert.Equal(log.Select(e => e.Position), observed.Positions);
        Assert.Single(new[] { one, two }, s => s.Get<IEnumerable<ForwarderState>>().Single(f => f.Name == "feed").Now.Doing is ForwarderState.Doing.Leading);
    }

    [Fact]
    public async Task When_the_leader_stops_the_other_replica_goes_on_where_it_stood()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        await world.StartAuditAsync(received);
        var one = await world.StartAlphaAsync();
        await Wait.UntilAsync(() => one.Get<IEnumerable<ForwarderState>>().All(f => f.Now.Doing is ForwarderState.Doing.Leading));
        var two = await world.StartAlphaAsync();
        using var load = new Load(two);
        await Wait.UntilAsync(() => received.Of("alpha").Count > 100);

        await world.StopAsync(one);
        var atStop = received.Of("alpha").Count;
        await Wait.UntilAsync(() => received.Of("alpha").Count > atStop + 100);
        await load.StopAsync();

        var log = await two.LogAsync();
        await Wait.UntilAsync(() => received.Of("alpha").Count == log.Count);
        Assert.Empty(received.Gaps);
    }

    [Fact]
    public async Task A_leader_that_loses_its_lock_again_and_again_never_moves_the_checkpoint_back_and_skips_nothing()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var one = await world.StartAlphaAsync();
        var two = await world.StartAlphaAsync();
        await using var observed = await Observed.StartAsync(world);
        using var load = new Load(one, two);
        var checkpoints = new List<long>();

        for (var losses = 0; losses < 5; losses++)
        {
            var seen = observed.Positions.Count;
            await using (var kill = one.Get<NpgsqlDataSource>().CreateCommand(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where application_name = 'integritet-leader' and datname = current_database()"))
                await Wait.UntilAsync(async () => (long)(await kill.ExecuteScalarAsync(Cancelled))! >= 1);
            await Wait.UntilAsync(async () =>
            {
                checkpoints.Add(await one.FeedCheckpointAsync());
                return observed.Positions.Count > seen + 100;
            });
        }

        await load.StopAsync();
        var log = await one.LogAsync();
        await Wait.UntilAsync(async () => await one.FeedCheckpointAsync() == log[^1].Position);
        await Wait.UntilAsync(() => observed.Positions.Distinct().Count() == log.Count);
        Assert.Equal(checkpoints.Order(), checkpoints);
        Assert.Equal(log.Select(e => e.Position), observed.Positions.Distinct());
    }

    [Fact]
    public async Task Two_leaders_at_once_do_no_harm_since_only_one_can_move_the_checkpoint()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        await world.StartAuditAsync(received);
        var one = await world.StartAlphaAsync();
        await Wait.UntilAsync(() => one.Get<IEnumerable<ForwarderState>>().All(f => f.Now.Doing is ForwarderState.Doing.Leading));
        // A second leader in spite of the lock: the same target under another lock.
        using var second = ActivatorUtilities.CreateInstance<LogForwarder>(
            one.Get<IServiceProvider>(), new OtherLock(ActivatorUtilities.CreateInstance<FeedTarget>(one.Get<IServiceProvider>())), new ForwarderState("feed"));
        await second.StartAsync(Cancelled);
        using var load = new Load(one);
        await Wait.UntilAsync(() => received.Of("alpha").Count > 300);
        await load.StopAsync();

        var log = await one.LogAsync();
        await Wait.UntilAsync(() => received.Of("alpha").Count == log.Count);
        Assert.Equal(log.Select(e => e.Position), received.Of("alpha").Select(e => e.Position));
        await Wait.UntilAsync(async () => await one.FeedCheckpointAsync() == log[^1].Position);
        await second.StopAsync(Cancelled);
    }

    [Fact]
    public async Task The_checkpoint_moves_when_the_broker_has_confirmed_and_not_before()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAsync("alpha");
        for (var i = 0; i < 3; i++) await alpha.NoteAsync(i);
        var broker = new SlowToConfirm();
        using var forwarder = ActivatorUtilities.CreateInstance<LogForwarder>(alpha.Get<IServiceProvider>(), broker, new ForwarderState(broker.Name));
        await forwarder.StartAsync(Cancelled);
        var checkpoint = LogForwarder.CheckpointOf(broker.Name);
        await broker.Published.Task.WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        // The next heartbeat shows that the forwarder went on meanwhile.
        var beats = broker.Beats;
        await Wait.UntilAsync(() => broker.Beats > beats);
        Assert.Equal(0, await alpha.Checkpoints.GetAsync(checkpoint, Cancelled));

        broker.Confirms.SetResult();

        await Wait.UntilAsync(async () => await alpha.Checkpoints.GetAsync(checkpoint, Cancelled) == await alpha.Store.HeadAsync(Cancelled));
        await forwarder.StopAsync(Cancelled);
    }

    private sealed class SlowToConfirm : ILogTarget
    {
        private int _beats;

        public TaskCompletionSource Published { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Confirms { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Beats => Volatile.Read(ref _beats);

        public string Name => "slow";

        public int LeaderLock => 98;

        public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task PublishAsync(IReadOnlyList<RecordedEvent> batch, long previous, CancellationToken cancellationToken)
        {
            Published.TrySetResult();
            return Confirms.Task;
        }

        public Task HeartbeatAsync(long position, CancellationToken cancellationToken)
        {
            Interlocked.Increment(ref _beats);
            return Task.CompletedTask;
        }

        public ValueTask CloseAsync() => ValueTask.CompletedTask;
    }

    private sealed class OtherLock(ILogTarget target) : ILogTarget
    {
        public string Name => target.Name;

        public int LeaderLock => 99;

        public Task OpenAsync(CancellationToken cancellationToken) => target.OpenAsync(cancellationToken);

        public Task PublishAsync(IReadOnlyList<RecordedEvent> batch, long previous, CancellationToken cancellationToken) => target.PublishAsync(batch, previous, cancellationToken);

        public Task HeartbeatAsync(long position, CancellationToken cancellationToken) => target.HeartbeatAsync(position, cancellationToken);

        public ValueTask CloseAsync() => target.CloseAsync();
    }

    /// <summary>The positions of alpha's events as they arrive in a queue of its own.</summary>
    private sealed class Observed(IConnection connection) : IAsyncDisposable
    {
        private readonly ConcurrentQueue<long> _positions = new();

        public IReadOnlyList<long> Positions => [.. _positions];

        public static async Task<Observed> StartAsync(World world)
        {
            var connection = await world.ConnectAsync();
            var observed = new Observed(connection);
            var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
            await Topology.DeclareFeedAsync(channel, Cancelled);
            await channel.QueueDeclareAsync("observed", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancelled);
            await channel.QueueBindAsync("observed", Topology.FeedExchange, "alpha.thing-noted.*", cancellationToken: Cancelled);
            var consumer = new RabbitMQ.Client.Events.AsyncEventingBasicConsumer(channel);
            consumer.ReceivedAsync += (_, delivery) =>
            {
                observed._positions.Enqueue(((FeedEvent)CloudEventFormat.Read(delivery.Body.ToArray())).Position);
                return Task.CompletedTask;
            };
            await channel.BasicConsumeAsync("observed", autoAck: true, consumer, Cancelled);
            return observed;
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();
    }
}

using System.Diagnostics;
using Integritet.Servers;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integritet.Messaging.Tests;

/// <summary>The broker dies, or is away, while commands go on.</summary>
public sealed class BrokerTests(SharedServers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public Task A_broker_killed_and_restarted_under_load_loses_nothing_and_keeps_each_services_order() => KilledAsync(kills: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task A_broker_killed_five_times_under_load_loses_nothing_and_keeps_each_services_order() => KilledAsync(kills: 5);

    [Fact]
    public Task A_broker_away_for_seconds_stops_no_command_and_nothing_is_lost() => AwayAsync(TimeSpan.FromSeconds(15));

    [Fact]
    [Trait("Category", "Long")]
    public Task A_broker_away_for_a_minute_stops_no_command_and_nothing_is_lost() => AwayAsync(TimeSpan.FromMinutes(1));

    [Fact]
    public async Task A_service_starts_and_works_without_a_broker_and_catches_up_when_there_is_one()
    {
        await using var rabbit = await RabbitMqServer.StartPrivateAsync();
        await using var world = await World.CreateAsync(servers.Postgres, rabbit);
        await rabbit.StopAsync();
        var received = new Received();

        var audit = await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 5; i++) await alpha.NoteAsync(i);
        await Wait.UntilAsync(async () => (await alpha.HealthAsync()).Entries["messaging"].Status == HealthStatus.Degraded);
        await Wait.UntilAsync(async () => (await audit.HealthAsync()).Entries["messaging"].Status == HealthStatus.Degraded);
        await rabbit.RestartAsync();

        await Wait.UntilAsync(() => received.Of("alpha").Count == 5);
    }

    private async Task KilledAsync(int kills)
    {
        await using var rabbit = await RabbitMqServer.StartPrivateAsync();
        await using var world = await World.CreateAsync(servers.Postgres, rabbit);
        var received = new Received();
        var told = new Told();
        var audit = await world.StartAuditAsync(received);
        var beta = await world.StartAsync("beta", m =>
        {
            m.Services.AddSingleton(told);
            m.Consume<ThingTold, ThingConsumer>();
        });
        var alpha = await world.StartAlphaAsync();
        using var load = new Load(alpha);
        await Wait.UntilAsync(() => received.Of("alpha").Count > 200 && !told.Messages.IsEmpty);

        for (var kill = 0; kill < kills; kill++)
        {
            await rabbit.KillAsync();
            var atKill = load.Acknowledged;
            await Wait.UntilAsync(() => load.Acknowledged > atKill + 200);
            await rabbit.RestartAsync();
            var atRestart = received.Of("alpha").Count;
            await Wait.UntilAsync(() => received.Of("alpha").Count > atRestart + 200);
        }

        await load.StopAsync();

        var log = await alpha.LogAsync();
        Assert.Equal(load.Acknowledged, log.Count);
        await Wait.UntilAsync(() => received.Of("alpha").Count == log.Count, seen: () => $"{received.Of("alpha").Count} of {log.Count}");
        Assert.Equal(log.Select(e => e.Position), received.Of("alpha").Select(e => e.Position));
        var newest = log.GroupBy(e => e.Stream, StringComparer.Ordinal).ToDictionary(s => s.Key, s => s.Max(e => e.Version), StringComparer.Ordinal);
        await Wait.UntilAsync(
            async () =>
            {
                foreach (var (stream, version) in newest)
                {
                    var kept = await beta.Streams.LoadAsync("almena", $"told-{stream}", 0L, (_, e) => ((ToldThingKept)e).SourceVersion, cancellationToken: Cancelled);
                    if (kept.State != version) return false;
                }

                return true;
            },
            what: "beta keeps the newest of every stream", seen: () => $"{told.Messages.Count} told, {told.Attempts} attempts, {log.Count} recorded; {string.Join(", ", alpha.Get<IEnumerable<ForwarderState>>().Select(f => $"{f.Name} {f.Now}"))}; beta {beta.Get<ConsumerWatch>().Problems.FirstOrDefault()}, its store {beta.NoteAsync(1, "alive").Wait(5_000)}");
        Assert.Empty((await beta.Get<DeadLetters>().ListAsync(long.MaxValue, 10, Cancelled)).Items);
        await Wait.UntilAsync(async () => (await alpha.HealthAsync()).Status == HealthStatus.Healthy && (await audit.HealthAsync()).Status == HealthStatus.Healthy && (await beta.HealthAsync()).Status == HealthStatus.Healthy);
    }

    private async Task AwayAsync(TimeSpan away)
    {
        await using var rabbit = await RabbitMqServer.StartPrivateAsync();
        await using var world = await World.CreateAsync(servers.Postgres, rabbit);
        var received = new Received();
        await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        using var load = new Load(alpha);
        await Wait.UntilAsync(() => received.Of("alpha").Count > 100);

        await rabbit.StopAsync();
        var clock = Stopwatch.StartNew();
        var before = load.Acknowledged;
        await Wait.UntilAsync(async () => (await alpha.HealthAsync()).Entries["messaging"].Status == HealthStatus.Degraded);
        await Wait.UntilAsync(() => alpha.Get<IEnumerable<ForwarderState>>().All(f => f.Now.Events > 0));
        // If each append waited for the broker in any way, these would take several minutes.
        var enough = before + (50 * (int)away.TotalSeconds);
        await Wait.UntilAsync(() => clock.Elapsed > away && load.Acknowledged > enough, (int)away.TotalSeconds + 60, seen: () => $"{load.Acknowledged - before} appends without the broker");
        Assert.Equal(HealthStatus.Degraded, (await alpha.HealthAsync()).Status);
        await rabbit.RestartAsync();
        await load.StopAsync();

        Assert.Equal(0, load.Failed);
        await Wait.UntilAsync(() => received.Of("alpha").Count == load.Acknowledged, seen: () => $"{received.Of("alpha").Count} of {load.Acknowledged}");
        Assert.Equal((await alpha.LogAsync()).Select(e => e.Position), received.Of("alpha").Select(e => e.Position));
        await Wait.UntilAsync(() => alpha.Get<IEnumerable<ForwarderState>>().All(f => f.Now.Events == 0));
        await Wait.UntilAsync(async () => (await alpha.HealthAsync()).Status == HealthStatus.Healthy);
    }
}

/// <summary>Appends without pause, on eight streams at once, until stopped.</summary>
internal sealed class Load : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _writers;
    private int _acknowledged;
    private int _failed;

    public Load(params TestService[] replicas) => _writers = Task.WhenAll(Enumerable.Range(0, 8).Select(w => WriteAsync(replicas[w % replicas.Length], w)));

    public int Acknowledged => Volatile.Read(ref _acknowledged);

    public int Failed => Volatile.Read(ref _failed);

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _writers;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task WriteAsync(TestService service, int writer)
    {
        for (var i = 0; !_stop.IsCancellationRequested; i++)
        {
            try
            {
                if (await service.NoteAsync(i, $"things-{writer}") is AppendResult.Appended) Interlocked.Increment(ref _acknowledged);
                else Interlocked.Increment(ref _failed);
            }
            catch (Exception e) when (e is EventStoreUnavailableException or ObjectDisposedException)
            {
                Interlocked.Increment(ref _failed);
            }

            // A steady load rather than all the machine has: the test is about loss.
            await Task.Delay(10, TestContext.Current.CancellationToken);
        }
    }
}

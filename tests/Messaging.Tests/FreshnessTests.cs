using Integritet.Servers;

namespace Integritet.Messaging.Tests;

public sealed class FreshnessTests(SharedServers servers)
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 21, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_source_never_heard_is_stale() => Assert.False(new SourceFreshness().IsFresh("request", Noon));

    [Theory]
    [InlineData(0, true)]
    [InlineData(10_000, true)]
    [InlineData(10_001, false)]
    public void Facts_are_fresh_for_ten_seconds_after_a_heartbeat(int silentMs, bool fresh)
    {
        var freshness = new SourceFreshness();
        freshness.Heard("request", Noon);

        Assert.Equal(fresh, freshness.IsFresh("request", Noon.AddMilliseconds(silentMs)));
        Assert.False(freshness.IsFresh("retention", Noon));
    }

    [Fact]
    public void An_old_heartbeat_that_comes_late_takes_nothing_back_and_gives_nothing()
    {
        var freshness = new SourceFreshness();
        freshness.Heard("request", Noon);
        freshness.Heard("request", Noon.AddMinutes(-1));

        Assert.True(freshness.IsFresh("request", Noon.AddSeconds(9)));
        Assert.False(freshness.IsFresh("request", Noon.AddSeconds(11)));
    }

    [Fact]
    public async Task A_watched_service_is_fresh_by_its_heartbeats_then_by_its_log_when_the_broker_is_away_and_stale_when_both_are()
    {
        await using var rabbit = await RabbitMqServer.StartPrivateAsync();
        await using var world = await World.CreateAsync(servers.Postgres, rabbit);
        var beta = await world.StartAsync("beta", m => m.Watch<NothingApplied>("alpha"));
        var freshness = beta.Get<SourceFreshness>();
        Assert.False(freshness.IsFresh("alpha"));
        var alpha = await world.StartAlphaAsync();
        await Wait.UntilAsync(() => freshness.IsFresh("alpha"));

        await rabbit.StopAsync();
        for (var i = 0; i < 3; i++) await alpha.NoteAsync(i);
        // Fresh again once the whole log is read, which is a moment after its last event is applied.
        await Wait.UntilAsync(() => beta.Get<NothingApplied>().Applied.Count == 3 && freshness.IsFresh("alpha"));

        world.Addresses.Of.Remove("alpha", out var address);
        await Wait.UntilAsync(() => !freshness.IsFresh("alpha"));

        world.Addresses.Of["alpha"] = address!;
        await Wait.UntilAsync(() => freshness.IsFresh("alpha"));
        Assert.Equal(3, beta.Get<NothingApplied>().Applied.Count);
        Assert.Equal([1L, 2L, 3L], beta.Get<NothingApplied>().Applied.Select(e => e.Position));
        Assert.Equal(3, await beta.Checkpoints.GetAsync("alpha-log", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task What_a_service_that_is_heard_has_told_is_read_from_its_log_too_since_a_message_may_be_lost_to_a_consumer()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var beta = await world.StartAsync("beta", m => m.Watch<NothingApplied>("alpha"));
        var alpha = await world.StartAlphaAsync();
        await Wait.UntilAsync(() => beta.Get<SourceFreshness>().IsFresh("alpha"));
        for (var i = 0; i < 3; i++) await alpha.NoteAsync(i);

        // Nobody consumes alpha's messages here.
        await Wait.UntilAsync(() => beta.Get<NothingApplied>().Applied.Count == 3);
        await alpha.NoteAsync(4);
        await Wait.UntilAsync(() => beta.Get<NothingApplied>().Applied.Count == 4);
    }
}

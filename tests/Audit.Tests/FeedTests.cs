using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.Platform.Messaging;
using Integritet.Servers;
using Npgsql;

namespace Integritet.Audit.Tests;

/// <summary>The whole way: a real broker, Audit as processes, its real database.</summary>
public sealed class FeedTests(Servers servers)
{
    /// <summary>Audit's surroundings for one test.</summary>
    private sealed class World(Installation installation, NpgsqlDataSource database, string uri, SourceService[] sources) : IAsyncDisposable
    {
        private Broker? _broker;

        public Installation Installation => installation;
        public LedgerDatabase Ledger { get; } = new(database);
        public SourceService[] Sources => sources;

        public async Task<Broker> BrokerAsync() => _broker ??= await Broker.ConnectAsync(uri);

        /// <summary>After the broker was restarted.</summary>
        public async Task<Broker> ReconnectAsync()
        {
            if (_broker is not null)
                await _broker.DisposeAsync();
            _broker = null;
            return await BrokerAsync();
        }

        public Task HoldsAsync(string service, long position, int withinSeconds = 60) =>
            Until.TrueAsync(async () => await Ledger.Writer.PositionAsync(service, default) >= position, withinSeconds, $"the ledger holds {service} up to {position}");

        /// <summary>Nothing is on the way any more: Audit's own log is in the ledger as far as it goes, and stays so from one of its heartbeats to another.</summary>
        public async Task RestsAsync()
        {
            async Task<string> StateAsync() => (await Ledger.QueryAsync<string>(
                "select concat((select max(seq_id) from mt_events), '/', (select position from ledger_source where service = 'audit'), '/', (select sum(size) from ledger_head))"))[0];
            async Task<DateTime> HeardAsync() => (await Ledger.QueryAsync<DateTime>("select heard_at from ledger_heard where service = 'audit'")).SingleOrDefault();
            await Until.TrueAsync(async () =>
            {
                var (state, heard) = (await StateAsync(), await HeardAsync());
                await Until.TrueAsync(async () => await HeardAsync() > heard);
                var parts = state.Split('/');
                return await StateAsync() == state && parts[0] == parts[1];
            });
        }

        public async ValueTask DisposeAsync()
        {
            await installation.DisposeAsync();
            foreach (var source in sources)
                await source.DisposeAsync();
            if (_broker is not null)
                await _broker.DisposeAsync();
            await Ledger.DisposeAsync();
        }
    }

    private async Task<World> WorldAsync(params string[] sources) =>
        await WorldOnAsync(await (await servers.RabbitMqAsync()).CreateVirtualHostAsync(), await servers.Postgres.CreateDatabaseAsync(), sources);

    private static async Task<World> WorldOnAsync(string broker, string connection, params string[] sources)
    {
        var installation = new Installation(connection, broker);
        var started = new List<SourceService>();
        foreach (var name in sources)
        {
            started.Add(await SourceService.StartAsync(name));
            installation.With(name, started[^1].Address);
        }
        // Without a pool: a server that was killed leaves nothing dead behind here.
        return new World(installation, NpgsqlDataSource.Create(connection + ";Pooling=false"), broker, [.. started]);
    }

    private static Task<List<string>> OwnEventsAsync(World world) =>
        world.Ledger.QueryAsync<string>("select convert_from(leaf, 'UTF8') from ledger_leaf where service = 'audit' order by position");

    [Fact]
    public async Task Every_event_of_every_service_gets_into_its_controllers_log_byte_for_byte()
    {
        await using var world = await WorldAsync("consent", "policy");
        await world.Installation.StartAsync();
        var broker = await world.BrokerAsync();
        foreach (var source in world.Sources)
            await source.Record(600, controller: i => i % 3 == 0 ? "netip" : "almena").PublishAsync(broker, Enumerable.Range(1, 600));
        foreach (var source in world.Sources)
            await world.HoldsAsync(source.Name, 600);
        await world.Ledger.AssertDenseAsync("almena", 800);
        await world.Ledger.AssertDenseAsync("netip", 400);
        Assert.Empty(await world.Ledger.VerifyAsync());
        var leaf = Encoding.UTF8.GetString((await world.Ledger.QueryAsync<byte[]>("select leaf from ledger_leaf where service = 'policy' and position = 17"))[0]);
        Assert.Contains(leaf, Encoding.UTF8.GetString(world.Sources[1].Message(17)), StringComparison.Ordinal);
        Assert.Empty(world.Sources.SelectMany(s => s.Asked));
    }

    [Fact]
    public async Task A_feed_that_comes_shuffled_doubled_and_with_holes_makes_the_same_ledger()
    {
        await using var world = await WorldAsync("consent", "policy", "gateway");
        await world.Installation.StartAsync();
        var broker = await world.BrokerAsync();
        var random = new Random(11);
        await Task.WhenAll(world.Sources.Select(async source =>
        {
            source.Record(500, controller: i => $"c-{i % 2}");
            var sent = Enumerable.Range(1, 500).SelectMany(i => Enumerable.Repeat(i, random.Next(20) switch { 0 => 0, 1 or 2 => 2, _ => 1 })).ToArray();
            for (var i = 0; i + 40 <= sent.Length; i += 20)
                random.Shuffle(sent.AsSpan(i, 40));
            await source.PublishAsync(broker, sent);
            await source.BeatAsync(broker);
        }));
        foreach (var source in world.Sources)
            await world.HoldsAsync(source.Name, 500);
        await world.RestsAsync();
        await world.Ledger.AssertDenseAsync("c-0", 750);
        await world.Ledger.AssertDenseAsync("c-1", 750);
        Assert.Empty(await world.Ledger.VerifyAsync());
        Assert.Contains(await OwnEventsAsync(world), e => e.Contains("feed-gap-filled.v1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_gap_is_filled_from_the_services_own_log_and_recorded_once()
    {
        await using var world = await WorldAsync("consent");
        await world.Installation.StartAsync();
        var (broker, consent) = (await world.BrokerAsync(), world.Sources[0]);
        await consent.Record(10).PublishAsync(broker, 1, 2, 3, 7, 8, 9, 10);
        await world.HoldsAsync("consent", 10);
        await world.RestsAsync();
        await world.Ledger.AssertDenseAsync("almena", 10);
        var own = JsonNode.Parse(Assert.Single(await OwnEventsAsync(world)))!;
        Assert.Equal("feed-gap-filled.v1", (string)own["type"]!);
        Assert.Equal("installation", (string)own["controller"]!);
        Assert.Equal(("consent", 3L), ((string)own["data"]!["service"]!, (long)own["data"]!["after"]!));
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task Events_lost_at_the_end_are_found_by_the_heartbeat()
    {
        await using var world = await WorldAsync("consent");
        await world.Installation.StartAsync();
        var (broker, consent) = (await world.BrokerAsync(), world.Sources[0]);
        await consent.Record(5).BeatAsync(broker);
        await world.HoldsAsync("consent", 5);
        await world.Ledger.AssertDenseAsync("almena", 5);
    }

    [Fact]
    public async Task A_service_whose_log_is_away_holds_nobody_else_up_and_its_lag_shows()
    {
        await using var world = await WorldAsync("consent", "policy");
        var audit = await world.Installation.StartAsync();
        var (broker, consent, policy) = (await world.BrokerAsync(), world.Sources[0], world.Sources[1]);
        consent.Away = true;
        await consent.Record(8).PublishAsync(broker, 1, 2, 5, 6);
        await consent.BeatAsync(broker);
        await policy.Record(5).PublishAsync(broker, 1, 2, 3, 4, 5);
        await world.HoldsAsync("policy", 5);
        Assert.Equal(2, await world.Ledger.Writer.PositionAsync("consent", TestContext.Current.CancellationToken));

        async Task<JsonNode> LagAsync()
        {
            var lag = (await audit.GetAsync("/internal/ledger-lag", world.Installation.Token("service", "*"))).Ok();
            return lag.AsArray().Single(s => (string)s!["service"]! == "consent")!;
        }
        await Until.TrueAsync(async () => (long)(await LagAsync())["events"]! == 6 && (double)(await LagAsync())["seconds"]! > 0);
        Assert.Equal(HttpStatusCode.Forbidden, (await audit.GetAsync("/internal/ledger-lag", world.Installation.Token("operator", "*"))).Status);

        consent.Away = false;
        await world.HoldsAsync("consent", 8);
        await Until.TrueAsync(async () => (long)(await LagAsync())["events"]! == 0 && (double)(await LagAsync())["seconds"]! == 0);
        consent.Away = true;
        await consent.Record(3).BeatAsync(broker);
        await Until.TrueAsync(async () => (long)(await LagAsync())["events"]! == 3);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task A_service_that_is_silent_is_named_and_leaves_audit_ready()
    {
        await using var world = await WorldAsync("consent");
        var since = Stopwatch.GetTimestamp();
        var audit = await world.Installation.StartAsync();
        async Task<bool> DegradedAsync()
        {
            var ready = (await audit.GetAsync("/health/ready", token: null)).Ok();
            return ready["degraded"]!.AsArray().Any(p => (string)p! == "feed-consent");
        }
        await Until.TrueAsync(DegradedAsync);
        Assert.True(Stopwatch.GetElapsedTime(since) > SourceFreshness.MaxSilence, "it was named before it was silent");
        await world.Sources[0].BeatAsync(await world.BrokerAsync());
        await Until.TrueAsync(async () => !await DegradedAsync());
    }

    [Fact]
    public async Task What_is_no_message_goes_to_the_dead_letters_is_recorded_once_and_stops_nobody()
    {
        await using var world = await WorldAsync("consent");
        await world.Installation.StartAsync();
        var (broker, consent) = (await world.BrokerAsync(), world.Sources[0]);
        consent.Record(6);
        var notCanonical = Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(consent.Message(3)).Replace("\"version\":1", "\"version\": 1", StringComparison.Ordinal));
        await consent.PublishAsync(broker, 1);
        await broker.PublishAsync([("consent.thing-done.almena", "not json"u8.ToArray()), ("consent.thing-done.almena", notCanonical), ("consent.thing-done.almena", "not json"u8.ToArray())]);
        await consent.PublishAsync(broker, 2, 3, 4, 5, 6);
        await broker.PublishAsync([("Å not a key of ours", "{}"u8.ToArray()), ("audit.feed-gap-filled.installation", "nor this"u8.ToArray())]);

        await world.HoldsAsync("consent", 6);
        await Until.TrueAsync(async () => (await world.Ledger.QueryAsync<long>("select count(*) from integritet_dead_letter"))[0] == 5);
        await world.RestsAsync();
        var own = (await OwnEventsAsync(world)).Select(e => JsonNode.Parse(e)!).ToArray();
        Assert.All(own, e => Assert.Equal(("feed-message-malformed.v1", "installation"), ((string)e["type"]!, (string)e["controller"]!)));
        Assert.Equal(["consent.thing-done.almena", "consent.thing-done.almena", ""], own.Select(e => (string)e["data"]!["routingKey"]!));
        Assert.Equal(8, (long)own[0]["data"]!["bytes"]!);
        // Audit's own heartbeats go through it all the time.
        await Until.TrueAsync(async () => await broker.ReadyAsync("audit.events") == 0);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task Audit_killed_again_and_again_loses_and_doubles_nothing()
    {
        const int Events = 6_000;
        await using var world = await WorldAsync("consent", "policy");
        var audit = await world.Installation.StartAsync();
        var broker = await world.BrokerAsync();
        var publishing = Task.WhenAll(world.Sources.Select(s => s.Record(Events, controller: i => $"c-{i % 2}").PublishAsync(broker, Enumerable.Range(1, Events))));
        for (var kill = 1; kill <= 3; kill++)
        {
            // In the middle of work: something was written since it started, and much is still to come.
            await world.HoldsAsync("consent", kill * 700);
            await audit.KillAsync();
            audit = await world.Installation.StartAsync();
        }
        await publishing;
        foreach (var source in world.Sources)
            await world.HoldsAsync(source.Name, Events);
        await world.Ledger.AssertDenseAsync("c-0", Events);
        await world.Ledger.AssertDenseAsync("c-1", Events);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task When_the_replica_that_receives_is_killed_the_other_goes_on()
    {
        const int Events = 4_000;
        await using var world = await WorldAsync("consent");
        var first = await world.Installation.StartAsync();
        await world.Installation.StartAsync();
        var (broker, consent) = (await world.BrokerAsync(), world.Sources[0]);
        var publishing = consent.Record(Events).PublishAsync(broker, Enumerable.Range(1, Events));
        await world.HoldsAsync("consent", 1);
        await first.KillAsync();
        await publishing;
        await world.HoldsAsync("consent", Events);
        await world.Ledger.AssertDenseAsync("almena", Events);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task A_broker_killed_under_load_loses_nothing()
    {
        await using var server = await RabbitMqServer.StartPrivateAsync();
        await using var world = await WorldOnAsync(await server.CreateVirtualHostAsync(), await servers.Postgres.CreateDatabaseAsync(), "consent");
        await world.Installation.StartAsync();
        // RabbitMQ 3.10 forgets a quorum queue that was declared in the last half second before it is killed; that is not what is tried here.
        await world.RestsAsync();
        var consent = world.Sources[0].Record(3_000);
        await consent.PublishAsync(await world.BrokerAsync(), Enumerable.Range(1, 1_500));
        await server.KillAsync();
        await server.RestartAsync();
        // As a forwarder does: from its checkpoint on, some of it a second time.
        await consent.PublishAsync(await world.ReconnectAsync(), Enumerable.Range(1_400, 1_601));
        await world.HoldsAsync("consent", 3_000, withinSeconds: 120);
        await world.Ledger.AssertDenseAsync("almena", 3_000);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }

    [Fact]
    public async Task A_database_killed_under_load_loses_and_doubles_nothing()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var world = await WorldOnAsync(await (await servers.RabbitMqAsync()).CreateVirtualHostAsync(), await server.CreateDatabaseAsync(), "consent");
        var audit = await world.Installation.StartAsync();
        var consent = world.Sources[0].Record(3_000);
        var publishing = consent.PublishAsync(await world.BrokerAsync(), Enumerable.Range(1, 3_000));
        await world.HoldsAsync("consent", 1);
        await server.KillAsync();
        var away = await audit.GetAsync("/v1/almena/audit/events", world.Installation.Token("auditor"));
        Assert.Equal(HttpStatusCode.ServiceUnavailable, away.Status);
        Assert.Equal("urn:integritet:problem:unavailable", (string?)away.Body!["type"]);
        await publishing;
        await server.RestartAsync();
        await Until.TrueAsync(async () => (await audit.GetAsync("/v1/almena/audit/events", world.Installation.Token("auditor"))).Status == HttpStatusCode.OK);
        await world.HoldsAsync("consent", 3_000);
        await world.Ledger.AssertDenseAsync("almena", 3_000);
        Assert.Empty(await world.Ledger.VerifyAsync());
    }
}

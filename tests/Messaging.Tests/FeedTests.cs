using System.Globalization;
using System.Text;
using System.Text.Json;
using RabbitMQ.Client;

namespace Integritet.Messaging.Tests;

public sealed class FeedTests(SharedServers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_event_reaches_Audit_once_in_order_and_as_it_was_read_back()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        var beta = await world.StartAsync("beta");

        await Task.WhenAll(Enumerable.Range(0, 16).Select(async writer =>
        {
            for (var i = 0; i < 50; i++) await (writer % 2 == 0 ? alpha : beta).NoteAsync(i, $"things-{writer}", writer % 3 == 0 ? "almena" : "netip");
        }));

        await Wait.UntilAsync(() => received.Of("alpha").Count >= 400 && received.Of("beta").Count >= 400);
        foreach (var service in new[] { alpha, beta })
        {
            var log = await service.LogAsync();
            Assert.Equal(log.Select(e => e.Position), received.Of(service.Name).Select(e => e.Position));
            Assert.Equal(log.Select(e => (e.Id, e.Tenant, e.Stream, e.Version, e.Timestamp)), received.Of(service.Name).Select(e => (e.Id, e.Controller, e.Stream, e.Version, e.Timestamp)));
            Assert.Equal(log.Select(e => Encoding.UTF8.GetString(CanonicalJson.Of(e.Data.Span))), received.Of(service.Name).Select(e => Encoding.UTF8.GetString(e.Data.Span)));
        }

        Assert.Empty(received.Gaps);
    }

    [Fact]
    public async Task What_was_recorded_before_Audit_first_started_is_not_lost()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 20; i++) await alpha.NoteAsync(i);
        await Wait.UntilAsync(async () => await alpha.FeedCheckpointAsync() == await alpha.Store.HeadAsync());

        var received = new Received();
        await world.StartAuditAsync(received);

        await Wait.UntilAsync(() => received.Of("alpha").Count == 20);
        Assert.Empty(received.Gaps);
    }

    [Fact]
    public async Task A_gap_at_the_tail_is_found_by_the_heartbeat_and_filled_from_the_service()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        var alpha = await world.StartAlphaAsync();
        await LoseFromTheQueueAsync(world, alpha, 12);

        await world.StartAuditAsync(received);

        await Wait.UntilAsync(() => received.Of("alpha").Count == 12);
        await Wait.UntilAsync(() => received.Gaps.Count == 1);
        var gap = received.Gaps[0];
        Assert.Equal(("alpha", 0L, await alpha.Store.HeadAsync(), 12), (gap.Service, gap.After, gap.UpTo, gap.Events));
    }

    [Fact]
    public async Task A_gap_in_the_middle_is_filled_before_what_follows_it()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        var alpha = await world.StartAlphaAsync();
        await LoseFromTheQueueAsync(world, alpha, 2_500);
        for (var i = 0; i < 5; i++) await alpha.NoteAsync(i);

        await world.StartAuditAsync(received);

        await Wait.UntilAsync(() => received.Of("alpha").Count == 2_505, seen: () => $"{received.Of("alpha").Count}");
        Assert.Equal((await alpha.LogAsync()).Select(e => e.Position), received.Of("alpha").Select(e => e.Position));
    }

    [Fact]
    public async Task A_service_that_is_away_delays_only_its_own_part_and_its_gap_is_filled_when_it_is_back()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        var alpha = await world.StartAlphaAsync();
        var beta = await world.StartAsync("beta");
        await LoseFromTheQueueAsync(world, alpha, 3);
        await alpha.NoteAsync(4);
        await Wait.UntilAsync(async () => await alpha.FeedCheckpointAsync() == await alpha.Store.HeadAsync());
        world.Addresses.Of.Remove("alpha", out var address);

        var audit = await world.StartAuditAsync(received);
        for (var i = 0; i < 30; i++) await beta.NoteAsync(i);

        await Wait.UntilAsync(() => received.Of("beta").Count == 30);
        Assert.Empty(received.Of("alpha"));
        await Wait.UntilAsync(async () => (await audit.HealthAsync()).Entries["messaging"].Description?.Contains("feed of alpha: gap after 0", StringComparison.Ordinal) == true);

        world.Addresses.Of["alpha"] = address!;
        await Wait.UntilAsync(() => received.Of("alpha").Count == 4);
    }

    [Fact]
    public async Task A_malformed_body_is_dead_lettered_once_and_the_others_go_on()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        var audit = await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        await alpha.NoteAsync(1);
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);

        await channel.BasicPublishAsync("integritet.events", "alpha.nonsense.almena", mandatory: true, "{\"specversion\":"u8.ToArray(), Cancelled);
        await alpha.NoteAsync(2);

        await Wait.UntilAsync(() => received.Of("alpha").Count == 2);
        var letters = audit.Get<DeadLetters>();
        await Wait.UntilAsync(async () => (await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items.Count == 1);
        var letter = (await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items[0];
        Assert.Equal(("audit.events", "the broker gave it up: rejected", 15), (letter.Queue, letter.Reason, letter.Bytes));
        for (var i = 0; i < 20; i++) await alpha.NoteAsync(i);
        await Wait.UntilAsync(() => received.Of("alpha").Count == 22);
        Assert.Single((await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items);
        Assert.Equal(0u, (await channel.QueueDeclarePassiveAsync("audit.dead-letters", Cancelled)).MessageCount);
    }

    [Fact]
    public async Task A_handler_that_fails_gets_the_same_events_again_and_none_is_acknowledged_before()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received { Failures = 3 };
        var audit = await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 10; i++) await alpha.NoteAsync(i);

        await Wait.UntilAsync(() => received.Of("alpha").Count == 10);
        Assert.True(received.Failures <= 0);
        await Wait.UntilAsync(async () => (await audit.HealthAsync()).Entries["messaging"].Description is null);
    }

    [Fact]
    public async Task Doubled_messages_are_dropped()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var received = new Received();
        await world.StartAuditAsync(received);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 10; i++) await alpha.NoteAsync(i);
        await Wait.UntilAsync(() => received.Of("alpha").Count == 10);
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true), Cancelled);

        var previous = 0L;
        foreach (var recorded in await alpha.LogAsync())
        {
            await channel.BasicPublishAsync("integritet.events", "alpha.thing-noted.almena", mandatory: true, CloudEventFormat.Write("alpha", recorded, previous), Cancelled);
            previous = recorded.Position;
        }

        await alpha.NoteAsync(11);
        await Wait.UntilAsync(() => received.Of("alpha").Count == 11);
        Assert.Empty(received.Gaps);
    }

    [Fact]
    public async Task The_log_is_read_over_HTTP_as_the_feed_told_it()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 7; i++) await alpha.NoteAsync(i);
        var log = await alpha.LogAsync();
        using var http = new HttpClient { BaseAddress = alpha.Address };

        var page = await http.GetStringAsync(new Uri($"/internal/events?after={log[1].Position}&limit=3", UriKind.Relative), Cancelled);

        var expected = log.Skip(2).Take(3).Select((recorded, i) => Encoding.UTF8.GetString(CloudEventFormat.Write("alpha", recorded, log[i + 1].Position)) + "\n");
        Assert.Equal(string.Concat(expected), page);
        var all = await http.GetStringAsync(new Uri("/internal/events", UriKind.Relative), Cancelled);
        Assert.Equal(7, all.Count(c => c == '\n'));
        Assert.Equal("", await http.GetStringAsync(new Uri($"/internal/events?after={log[^1].Position}", UriKind.Relative), Cancelled));
    }

    [Fact]
    public async Task A_bad_question_to_the_log_is_a_problem()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAlphaAsync();
        await alpha.NoteAsync(1);
        using var http = new HttpClient { BaseAddress = alpha.Address };
        (string Query, int Status, string? Pointer)[] questions =
            [("after=-1", 400, "#query/after"), ("after=x", 400, "#query/after"), ("limit=0", 400, "#query/limit"), ("limit=5001", 400, "#query/limit"), ("after=99999", 409, null)];

        foreach (var (query, status, pointer) in questions)
        {
            using var response = await http.GetAsync(new Uri($"/internal/events?{query}", UriKind.Relative), Cancelled);

            Assert.Equal((query, status), (query, (int)response.StatusCode));
            using var problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Cancelled));
            Assert.StartsWith("urn:integritet:problem:", problem.RootElement.GetProperty("type").GetString(), StringComparison.Ordinal);
            if (pointer is not null) Assert.Equal(pointer, problem.RootElement.GetProperty("errors")[0].GetProperty("pointer").GetString());
        }
    }

    [Fact]
    public async Task Other_teams_bind_queues_of_their_own_by_service_event_and_controller()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAlphaAsync();
        await alpha.NoteAsync(0);
        await Wait.UntilAsync(async () => await alpha.FeedCheckpointAsync() > 0);
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        await channel.QueueDeclareAsync("theirs", durable: true, exclusive: false, autoDelete: false, cancellationToken: Cancelled);
        await channel.QueueBindAsync("theirs", "integritet.events", "alpha.thing-noted.netip", cancellationToken: Cancelled);

        for (var i = 0; i < 10; i++) await alpha.NoteAsync(i, tenant: i % 2 == 0 ? "netip" : "almena");

        await Wait.UntilAsync(async () => (await channel.QueueDeclarePassiveAsync("theirs", Cancelled)).MessageCount == 5);
        var message = (await channel.BasicGetAsync("theirs", autoAck: true, Cancelled))!;
        Assert.Equal(CloudEventFormat.ContentType, message.BasicProperties.ContentType);
        Assert.Equal("netip", Assert.IsType<FeedEvent>(CloudEventFormat.Read(message.Body.ToArray())).Controller);
    }

    /// <summary>Alpha publishes, and what it published disappears from Audit's queue.</summary>
    private static async Task LoseFromTheQueueAsync(World world, TestService alpha, int events)
    {
        await Task.WhenAll(Enumerable.Range(0, events).Select(i => alpha.NoteAsync(i, $"things-{(i % 50).ToString(CultureInfo.InvariantCulture)}")));
        await Wait.UntilAsync(async () => await alpha.FeedCheckpointAsync() == await alpha.Store.HeadAsync());
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        Assert.True(await channel.QueuePurgeAsync("audit.events", Cancelled) >= events);
    }
}

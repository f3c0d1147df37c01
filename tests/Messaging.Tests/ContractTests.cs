using System.Collections.Concurrent;
using System.Net.Http.Json;
using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Integritet.Messaging.Tests;

/// <summary>What a test's beta is told, and whether it is to throw.</summary>
public sealed class Told
{
    private int _attempts;

    public ConcurrentQueue<ThingTold> Messages { get; } = new();

    public bool Throws { get; set; }

    public int Attempts => _attempts;

    public void Attempt() => Interlocked.Increment(ref _attempts);
}

public sealed class ThingConsumer(Told told, ReceivedFacts facts) : IConsumer<ThingTold>
{
    public async Task Consume(ConsumeContext<ThingTold> context)
    {
        told.Attempt();
        if (told.Throws) throw new InvalidOperationException("The consumer is broken.");
        await facts.StoreAsync(context, $"told-{context.Message.SourceStream}", new ToldThingKept(context.Message.Text, context.Message.SourceVersion));
        told.Messages.Enqueue(context.Message);
    }
}

public sealed class ContractTests(SharedServers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    private static Task<TestService> StartBetaAsync(World world, Told told) => world.StartAsync("beta", m =>
    {
        m.Services.AddSingleton(told);
        m.Consume<ThingTold, ThingConsumer>();
    });

    private static async Task<ToldThingKept?> KeptAsync(TestService beta, string stream) =>
        (await beta.Streams.LoadAsync("almena", $"told-{stream}", (ToldThingKept?)null, (_, e) => (ToldThingKept)e, cancellationToken: Cancelled)).State;

    [Fact]
    public async Task What_one_service_records_another_is_told_and_keeps_as_a_fact()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told();
        var beta = await StartBetaAsync(world, told);
        var alpha = await world.StartAlphaAsync();

        await alpha.NoteAsync(1, "s1", text: "first");
        await alpha.NoteAsync(2, "s1", text: "second");

        await Wait.UntilAsync(async () => await KeptAsync(beta, "s1") is { SourceVersion: 2 });
        Assert.Equal("second", (await KeptAsync(beta, "s1"))!.Text);
        var kept = (await beta.LogAsync())[^1];
        Assert.Equal(("corr", "alpha"), (kept.Metadata.CorrelationId, kept.Metadata.Actor));
    }

    [Fact]
    public async Task What_was_told_before_its_consumer_first_started_is_not_lost()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var alpha = await world.StartAlphaAsync();
        for (var i = 0; i < 5; i++) await alpha.NoteAsync(i, $"s{i}");
        await Wait.UntilAsync(async () => await alpha.Checkpoints.GetAsync("integritet-contracts", Cancelled) == await alpha.Store.HeadAsync(Cancelled));

        var told = new Told();
        await StartBetaAsync(world, told);

        await Wait.UntilAsync(() => told.Messages.Count == 5);
    }

    [Fact]
    public async Task Shuffled_and_doubled_messages_leave_the_newest_state_and_no_older_one_after_it()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told();
        var beta = await StartBetaAsync(world, told);
        var messages = (from stream in Enumerable.Range(0, 10)
                        from version in Enumerable.Range(1, 20)
                        let id = Guid.CreateVersion7()
                        from copy in Enumerable.Range(0, 2)
                        select (id, new ThingTold("almena", "alpha", $"s{stream}", version, (stream * 100) + version, $"v{version}"))).ToArray();
        new Random(42).Shuffle(messages);
        // Published by the bus itself, not by a forwarder, which would have declared the queue.
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        await Topology.DeclareContractsAsync(channel, typeof(ThingTold).Assembly, Cancelled);

        await Task.WhenAll(messages.Select(m => beta.Get<IBus>().Publish(m.Item2, context => context.MessageId = m.id, Cancelled)));

        await Wait.UntilAsync(() => told.Messages.Count == 400, seen: () => $"{told.Messages.Count} told, {told.Attempts} attempts");
        for (var stream = 0; stream < 10; stream++)
        {
            var log = await beta.Store.ReadStreamAsync("almena", $"told-s{stream}", cancellationToken: Cancelled);
            var versions = log.Select(e => JsonDocument.Parse(e.Data).RootElement.GetProperty("sourceVersion").GetInt64()).ToArray();
            Assert.Equal(20, versions[^1]);
            Assert.Equal(versions.Distinct().Order(), versions);
        }
    }

    [Fact]
    public async Task A_message_of_a_consumer_that_throws_is_tried_again_then_kept_and_replayed_when_it_works()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told { Throws = true };
        var beta = await StartBetaAsync(world, told);
        var alpha = await world.StartAlphaAsync();
        using var http = new HttpClient { BaseAddress = beta.Address };

        await alpha.NoteAsync(1, "s1", text: "kept in the end");

        var letter = default(JsonElement);
        await Wait.UntilAsync(async () =>
        {
            var page = await http.GetFromJsonAsync<JsonElement>(new Uri("/internal/dead-letters", UriKind.Relative), Cancelled);
            var items = page.GetProperty("items");
            if (items.GetArrayLength() > 0) letter = items[0];
            return items.GetArrayLength() == 1;
        });
        Assert.Equal(5, told.Attempts);
        Assert.Equal("beta.thing-told", letter.GetProperty("queue").GetString());
        Assert.Equal("System.InvalidOperationException: The consumer is broken.", letter.GetProperty("reason").GetString());
        Assert.Equal(JsonValueKind.Null, letter.GetProperty("replayedAt").ValueKind);
        Assert.False(letter.TryGetProperty("body", out _));
        Assert.Null(await KeptAsync(beta, "s1"));

        told.Throws = false;
        using var replay = await http.PostAsync(new Uri($"/internal/dead-letters/{letter.GetProperty("id").GetGuid()}/replay", UriKind.Relative), null, Cancelled);

        Assert.Equal(200, (int)replay.StatusCode);
        await Wait.UntilAsync(async () => await KeptAsync(beta, "s1") is { Text: "kept in the end" });
        var after = await http.GetFromJsonAsync<JsonElement>(new Uri("/internal/dead-letters", UriKind.Relative), Cancelled);
        Assert.NotEqual(JsonValueKind.Null, Assert.Single(after.GetProperty("items").EnumerateArray()).GetProperty("replayedAt").ValueKind);
        using var nothing = await http.PostAsync(new Uri($"/internal/dead-letters/{Guid.CreateVersion7()}/replay", UriKind.Relative), null, Cancelled);
        Assert.Equal(404, (int)nothing.StatusCode);
    }

    [Fact]
    public async Task A_replay_that_fails_again_is_a_dead_letter_again()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told { Throws = true };
        var beta = await StartBetaAsync(world, told);
        var alpha = await world.StartAlphaAsync();
        await alpha.NoteAsync(1, "s1");
        var letters = beta.Get<DeadLetters>();
        await Wait.UntilAsync(async () => (await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items.Count == 1);

        await letters.ReplayAsync((await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items[0].Id, Cancelled);

        await Wait.UntilAsync(async () => (await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items.Count == 2);
        var first = await letters.ListAsync(long.MaxValue, 1, Cancelled);
        var second = await letters.ListAsync(long.Parse(first.Next!, System.Globalization.CultureInfo.InvariantCulture), 1, Cancelled);
        Assert.Null(Assert.Single(first.Items).ReplayedAt);
        Assert.NotNull(Assert.Single(second.Items).ReplayedAt);
    }

    [Theory]
    [InlineData("application/vnd.masstransit+json", "{\"message\":")]
    [InlineData("application/vnd.masstransit+json", "{\"messageId\":\"x\",\"messageType\":[],\"message\":{}}")]
    [InlineData("text/plain", "hello")]
    [InlineData(null, "")]
    public async Task A_malformed_message_is_kept_once_and_the_others_go_on(string? contentType, string body)
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told();
        var beta = await StartBetaAsync(world, told);
        var alpha = await world.StartAlphaAsync();
        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);

        await channel.BasicPublishAsync("", "beta.thing-told", mandatory: true, new BasicProperties { ContentType = contentType }, System.Text.Encoding.UTF8.GetBytes(body), Cancelled);
        for (var i = 0; i < 10; i++) await alpha.NoteAsync(i, $"s{i}");

        await Wait.UntilAsync(() => told.Messages.Count == 10);
        var letters = beta.Get<DeadLetters>();
        await Wait.UntilAsync(async () => (await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items.Count == 1);
        var letter = Assert.Single((await letters.ListAsync(long.MaxValue, 10, Cancelled)).Items);
        Assert.Equal("beta.thing-told", letter.Queue);
        await Wait.UntilAsync(async () => (await channel.QueueDeclarePassiveAsync("beta.thing-told", Cancelled)).MessageCount == 0);
        Assert.Equal(0, told.Attempts - told.Messages.Count);
    }

    [Fact]
    public async Task A_message_that_does_not_name_its_consumer_stops_the_service_at_start()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);

        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(() => world.StartAsync("gamma", m => m.Consume<ThingTold, ThingConsumer>()));

        Assert.Contains("[ConsumedBy]", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RabbitMq:Uri", "", "RabbitMq__Uri")]
    [InlineData("RabbitMq:Uri", "http://localhost", "RabbitMq__Uri")]
    [InlineData("RabbitMq:PublishTimeoutMs", "1", "PublishTimeoutMs")]
    [InlineData("RabbitMq:BatchSize", "0", "BatchSize")]
    [InlineData("Service:Name", "Two Words", "Service__Name")]
    public async Task Wrong_options_stop_the_service_at_start_and_say_what_to_do(string key, string value, string said)
    {
        var refused = await Assert.ThrowsAsync<Microsoft.Extensions.Options.OptionsValidationException>(
            () => TestService.StartAsync("alpha", "Host=127.0.0.1;Port=1", "amqp://127.0.0.1:1", new Addresses(), null, (key, value)));

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
    }
}

using System.Text.Json;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Messaging.Tests;

public sealed class TopologyTests(SharedServers servers)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_queue_is_a_durable_quorum_queue_with_a_name_of_its_own_and_a_dead_letter_exchange()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var told = new Told();
        await world.StartAuditAsync(new Received());
        await world.StartAsync("beta", m =>
        {
            m.Services.AddSingleton(told);
            m.Consume<ThingTold, ThingConsumer>();
            m.Watch<NothingApplied>("alpha");
        });
        var alpha = await world.StartAlphaAsync();
        await alpha.NoteAsync(1);
        await Wait.UntilAsync(() => !told.Messages.IsEmpty);

        string[] expected =
        [
            "alpha.dead-letters", "audit.dead-letters", "audit.events", "beta.dead-letters", "beta.heartbeat", "beta.heartbeat_error", "beta.heartbeat_skipped", "beta.thing-told",
            "beta.thing-told_error", "beta.thing-told_skipped",
        ];
        // Each part of a service declares its own, in its own time.
        await Wait.UntilAsync(async () => expected.Except((await QueuesAsync(world)).Select(Name), StringComparer.Ordinal).ToArray() is []);
        var queues = await QueuesAsync(world);
        Assert.Equal(expected, queues.Select(Name).Order(StringComparer.Ordinal));
        Assert.All(queues, queue =>
        {
            Assert.Contains("quorum", queue.GetProperty("type").GetString(), StringComparison.Ordinal);
            Assert.True(queue.GetProperty("durable").GetBoolean());
            Assert.False(queue.GetProperty("exclusive").GetBoolean());
            Assert.False(queue.GetProperty("auto_delete").GetBoolean());
        });
        var feed = queues.Single(queue => Name(queue) == "audit.events").GetProperty("arguments").ToString();
        Assert.Contains("x-single-active-consumer", feed, StringComparison.Ordinal);
        Assert.Contains("integritet.dead-letters", feed, StringComparison.Ordinal);
        Assert.Contains("at-least-once", feed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_queue_that_loses_its_consumer_makes_the_service_degraded()
    {
        await using var world = await World.CreateAsync(servers.Postgres, servers.RabbitMq);
        var beta = await world.StartAsync("beta", m =>
        {
            m.Services.AddSingleton(new Told());
            m.Consume<ThingTold, ThingConsumer>();
        });

        await using var connection = await world.ConnectAsync();
        await using var channel = await connection.CreateChannelAsync(cancellationToken: Cancelled);
        await Wait.UntilAsync(async () => (await beta.HealthAsync()).Status == Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Healthy);
        await Wait.UntilAsync(async () => (await channel.QueueDeclarePassiveAsync("beta.thing-told", Cancelled)).ConsumerCount == 1);

        await beta.Get<IBusControl>().StopAsync(Cancelled);

        await Wait.UntilAsync(async () => (await channel.QueueDeclarePassiveAsync("beta.thing-told", Cancelled)).ConsumerCount == 0);
        await Wait.UntilAsync(async () => (await beta.HealthAsync()).Entries["messaging"].Description?.Contains("beta.thing-told: no consumer", StringComparison.Ordinal) == true);
    }

    private async Task<JsonElement[]> QueuesAsync(World world)
    {
        using var queues = JsonDocument.Parse(await servers.RabbitMq.Management.GetStringAsync(new Uri($"queues{new Uri(world.VirtualHost).AbsolutePath}", UriKind.Relative), Cancelled));
        return [.. queues.RootElement.EnumerateArray().Select(queue => queue.Clone())];
    }

    private static string Name(JsonElement queue) => queue.GetProperty("name").GetString()!;
}

/// <summary>A reader that applies nothing and notes what it is given.</summary>
public sealed class NothingApplied : ISilentSource
{
    private readonly List<FeedEvent> _applied = [];

    public IReadOnlyList<FeedEvent> Applied
    {
        get
        {
            lock (_applied) return [.. _applied];
        }
    }

    public Task ApplyAsync(FeedEvent logged, CancellationToken cancellationToken)
    {
        lock (_applied) _applied.Add(logged);
        return Task.CompletedTask;
    }
}

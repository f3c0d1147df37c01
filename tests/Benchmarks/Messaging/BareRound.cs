using System.Diagnostics;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Integritet.Benchmarks.Messaging;

/// <summary>The baseline: the same bytes published with confirms, as many outstanding as the forwarder has, to a queue of the same kind, and consumed and acknowledged in batches beside it.</summary>
internal static class BareRound
{
    private const int Outstanding = 500;
    private const int AckEvery = 200;

    public static async Task<TimeSpan> RunAsync(string amqp, IReadOnlyList<byte[]> messages)
    {
        var factory = new ConnectionFactory { Uri = new Uri(amqp) };
        await using var publishing = await factory.CreateConnectionAsync();
        await using var consuming = await factory.CreateConnectionAsync();
        await using var channel = await publishing.CreateChannelAsync(new CreateChannelOptions(true, true, outstandingPublisherConfirmationsRateLimiter: null));
        await DeclareAsync(channel);
        var consumed = await ConsumeAsync(consuming, messages.Count);

        var clock = Stopwatch.StartNew();
        foreach (var batch in messages.Chunk(Outstanding))
        {
            await Task.WhenAll(batch.Select(body => channel.BasicPublishAsync(
                "bare.events", "alpha.bench-noted.almena", mandatory: true, new BasicProperties { Persistent = true, ContentType = "application/cloudevents+json" }, body).AsTask()));
        }

        await Bound.UntilAsync(() => consumed.IsCompleted, "every message is consumed");
        await consumed;
        return clock.Elapsed;
    }

    private static async Task DeclareAsync(IChannel channel)
    {
        await channel.ExchangeDeclareAsync("bare.events", ExchangeType.Topic, durable: true, autoDelete: false);
        var arguments = new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-single-active-consumer"] = true };
        await channel.QueueDeclareAsync("bare", durable: true, exclusive: false, autoDelete: false, arguments);
        await channel.QueueBindAsync("bare", "bare.events", "#");
    }

    private static async Task<Task> ConsumeAsync(IConnection connection, int count)
    {
        var channel = await connection.CreateChannelAsync();
        await channel.BasicQosAsync(0, 2_000, global: false);
        var done = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var received = 0;
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, delivery) =>
        {
            received++;
            if (received % AckEvery == 0 || received == count) await channel.BasicAckAsync(delivery.DeliveryTag, multiple: true);
            if (received == count) done.TrySetResult();
        };
        await channel.BasicConsumeAsync("bare", autoAck: false, consumer);
        return done.Task;
    }
}

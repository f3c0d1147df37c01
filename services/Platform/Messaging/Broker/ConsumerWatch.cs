using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Whether each queue this service works on has a consumer. MassTransit's can be gone for good after the broker died under them, while the bus reports health (MassTransit#6095; seen with 8.4.0,
/// deploy/adr/0002), so this asks the broker.
/// </summary>
internal sealed class ConsumerWatch(MessagingBuilder messaging, ILogger<ConsumerWatch> logger)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(5);

    private volatile string[] _without = [];

    public IEnumerable<string> Problems => _without.Select(queue => $"{queue}: no consumer");

    /// <summary>Counts until cancelled or the connection fails. A queue counts as deserted when it was so twice, since consumers come back after a reconnect.</summary>
    public async Task WatchAsync(IConnection connection, CancellationToken cancellationToken)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
        string[] queues = [.. messaging.Endpoints.Select(e => MessagingBuilder.QueueName(messaging.Service, e.Message)), .. messaging.ConsumesFeed ? [Topology.AuditQueue] : Array.Empty<string>()];
        string[] before = [];
        using var ticks = new PeriodicTimer(Every);
        while (await ticks.WaitForNextTickAsync(cancellationToken))
        {
            var now = await DesertedAsync(channel, queues, cancellationToken);
            _without = [.. now.Intersect(before, StringComparer.Ordinal)];
            before = now;
            foreach (var queue in _without) Log.NoConsumer(logger, queue);
        }
    }

    private static async Task<string[]> DesertedAsync(IChannel channel, string[] queues, CancellationToken cancellationToken)
    {
        var deserted = new List<string>();
        foreach (var queue in queues)
        {
            if ((await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).ConsumerCount == 0) deserted.Add(queue);
        }

        return [.. deserted];
    }
}

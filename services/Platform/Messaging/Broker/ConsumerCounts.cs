using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>Whether each queue this service works on has a consumer (MassTransit#6095: consumers can be gone while the bus reports health).</summary>
internal sealed class ConsumerCounts(MessagingBuilder messaging, ILogger<ConsumerCounts> logger)
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
            var now = new List<string>();
            foreach (var queue in queues)
            {
                if ((await channel.QueueDeclarePassiveAsync(queue, cancellationToken)).ConsumerCount == 0) now.Add(queue);
            }

            _without = [.. now.Intersect(before, StringComparer.Ordinal)];
            foreach (var queue in _without) Log.NoConsumer(logger, queue);
            before = [.. now];
        }
    }
}

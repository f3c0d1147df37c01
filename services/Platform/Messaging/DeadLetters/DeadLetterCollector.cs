using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Moves what was given up from the broker into the table, and on the same connection counts the consumers of this service's queues, since a consumer can vanish while everything looks well.
/// </summary>
internal sealed class DeadLetterCollector(Broker broker, MessagingBuilder messaging, DeadLetters letters, ConsumerWatch consumers, ILogger<DeadLetterCollector> logger) : BackgroundService
{
    private const ushort Prefetch = 50;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await broker.StayConnectedAsync(
            "dead letters",
            (connection, pause) => WorkAsync(connection, pause, stoppingToken),
            (failure, pause) => Log.DeadLettersFailed(logger, messaging.Service, pause.TotalMilliseconds, failure),
            stoppingToken);
    }

    private async Task WorkAsync(IConnection connection, BackOff pause, CancellationToken stopping)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stopping);
        var deliveries = await ConsumeAsync(channel, stopping);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] parts = [CollectAsync(channel, deliveries, pause, session.Token), consumers.WatchAsync(connection, session.Token)];
        try
        {
            await await Task.WhenAny(parts);
        }
        finally
        {
            await session.CancelAsync();
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task<ChannelReader<(ulong Tag, DeadLetter Letter)>> ConsumeAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await Topology.DeclareDeadLettersAsync(channel, messaging.Service, cancellationToken);
        if (messaging.ConsumesFeed) await Topology.DeclareFeedAsync(channel, cancellationToken);
        List<string> queues = [Topology.DeadLetterQueue(messaging.Service)];
        foreach (var endpoint in messaging.Endpoints)
        {
            var queue = MessagingBuilder.QueueName(messaging.Service, endpoint.Message);
            await Topology.DeclareOwnQueuesAsync(channel, queue, Topology.ArgumentsFor(messaging.Service, endpoint.Message), cancellationToken);
            queues.AddRange([queue + Topology.ErrorSuffix, queue + Topology.SkippedSuffix]);
        }

        await channel.BasicQosAsync(0, Prefetch, global: false, cancellationToken);
        var deliveries = new Deliveries<(ulong Tag, DeadLetter Letter)>(channel, delivery => (delivery.Tag, DeadLetter.From(delivery)));
        foreach (var queue in queues)
            await channel.BasicConsumeAsync(queue, autoAck: false, consumerTag: queue, noLocal: false, exclusive: false, arguments: null, deliveries, cancellationToken);
        return deliveries.Reader;
    }

    private async Task CollectAsync(IChannel channel, ChannelReader<(ulong Tag, DeadLetter Letter)> deliveries, BackOff pause, CancellationToken cancellationToken)
    {
        await foreach (var (tag, letter) in deliveries.ReadAllAsync(cancellationToken))
        {
            await KeepAsync(letter, cancellationToken);
            await channel.BasicAckAsync(tag, multiple: false, cancellationToken);
            Log.MessageDied(logger, letter.Queue, letter.Reason);
            pause.Reset();
        }
    }

    /// <summary>Tries until it is stored: giving it back to the broker would use up its delivery limit.</summary>
    private Task KeepAsync(DeadLetter letter, CancellationToken cancellationToken) => BackOff.InsistAsync(
        () => letters.KeepAsync(letter, cancellationToken),
        (failure, pause) => Log.DeadLetterNotStored(logger, letter.Queue, pause.TotalMilliseconds, failure),
        cancellationToken);
}

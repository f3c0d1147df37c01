using System.Threading.Channels;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

namespace Integritet.Platform.Messaging;

/// <summary>A delivery and the copy of its body (the client takes its buffer back).</summary>
/// <param name="Tag">To acknowledge it by.</param>
/// <param name="Consumer">The consumer's tag.</param>
/// <param name="RoutingKey">As published.</param>
/// <param name="Properties">As published.</param>
/// <param name="Body">As published.</param>
internal sealed record Delivery(ulong Tag, string Consumer, string RoutingKey, IReadOnlyBasicProperties Properties, byte[] Body);

/// <summary>Queues what the broker delivers, read as it arrives, at most the prefetch; ends with an exception when channel or consumer does.</summary>
internal sealed class Deliveries<T>(IChannel channel, Func<Delivery, T> read) : AsyncDefaultBasicConsumer(channel)
{
    private readonly Channel<T> _deliveries = System.Threading.Channels.Channel.CreateUnbounded<T>(new UnboundedChannelOptions { SingleReader = true, SingleWriter = true });

    public ChannelReader<T> Reader => _deliveries.Reader;

    public override Task HandleBasicDeliverAsync(
        string consumerTag, ulong deliveryTag, bool redelivered, string exchange, string routingKey, IReadOnlyBasicProperties properties, ReadOnlyMemory<byte> body, CancellationToken cancellationToken = default)
    {
        _deliveries.Writer.TryWrite(read(new Delivery(deliveryTag, consumerTag, routingKey, properties, body.ToArray())));
        return Task.CompletedTask;
    }

    public override Task HandleBasicCancelAsync(string consumerTag, CancellationToken cancellationToken = default)
    {
        _deliveries.Writer.TryComplete(new IOException("The broker cancelled the consumer: its queue is gone."));
        return base.HandleBasicCancelAsync(consumerTag, cancellationToken);
    }

    public override Task HandleChannelShutdownAsync(object channel, ShutdownEventArgs reason)
    {
        _deliveries.Writer.TryComplete(new IOException($"The channel was closed: {reason.ReplyText}"));
        return base.HandleChannelShutdownAsync(channel, reason);
    }
}

using Integritet.Platform.EventStore;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>The audit feed: one CloudEvent for each recorded event, persistent, confirmed, on the topic exchange.</summary>
internal sealed class FeedTarget(Broker broker, MessagingBuilder messaging) : ILogTarget
{
    private IConnection? _connection;
    private IChannel? _events;
    private IChannel? _heartbeats;

    public string Name => "feed";

    public int LeaderLock => 1;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        _connection = await broker.ConnectAsync("feed", cancellationToken);
        _events = await Broker.ConfirmingChannelAsync(_connection, cancellationToken);
        _heartbeats = await Broker.ConfirmingChannelAsync(_connection, cancellationToken);
        await Topology.DeclareFeedAsync(_events, cancellationToken);
    }

    public async Task PublishAsync(IReadOnlyList<RecordedEvent> batch, long previous, CancellationToken cancellationToken)
    {
        var channel = _events ?? throw new InvalidOperationException("Not open.");
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(broker.PublishTimeout);
        var confirms = new Task[batch.Count];
        for (var i = 0; i < confirms.Length; i++)
        {
            var recorded = batch[i];
            var body = CloudEventFormat.Write(messaging.Service, recorded, previous);
            var properties = new BasicProperties { Persistent = true, ContentType = CloudEventFormat.ContentType, MessageId = recorded.Id.ToString(), Type = recorded.Type };
            // Mandatory: an event that reaches no queue comes back and fails the batch, since Audit's queue is always to be there.
            confirms[i] = channel.BasicPublishAsync(Topology.FeedExchange, CloudEventFormat.RoutingKey(messaging.Service, recorded), mandatory: true, properties, body, bounded.Token).AsTask();
            previous = recorded.Position;
        }

        await Confirmed(Task.WhenAll(confirms), cancellationToken);
    }

    public async Task HeartbeatAsync(long position, CancellationToken cancellationToken)
    {
        var channel = _heartbeats ?? throw new InvalidOperationException("Not open.");
        var body = CloudEventFormat.WriteHeartbeat(messaging.Service, position, TimeProvider.System.GetUtcNow());
        var properties = new BasicProperties { Persistent = true, ContentType = CloudEventFormat.ContentType };
        await Confirmed(
            channel.BasicPublishAsync(Topology.FeedExchange, CloudEventFormat.HeartbeatRoutingKey(messaging.Service), mandatory: true, properties, body, cancellationToken).AsTask(), cancellationToken);
    }

    public async ValueTask CloseAsync()
    {
        await Broker.AbandonAsync(_connection);
        (_connection, _events, _heartbeats) = (null, null, null);
    }

    /// <summary>A confirm may never come when a connection dies (rabbitmq-dotnet-client#1930), nor heed its token.</summary>
    private Task Confirmed(Task publishing, CancellationToken cancellationToken) => publishing.WaitAsync(broker.PublishTimeout, cancellationToken);
}

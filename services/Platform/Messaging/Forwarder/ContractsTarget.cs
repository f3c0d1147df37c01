using System.Buffers.Binary;
using System.Security.Cryptography;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using MassTransit;

namespace Integritet.Platform.Messaging;

/// <summary>What other services are told: own events mapped to Contracts, published through MassTransit.</summary>
internal sealed class ContractsTarget(Broker broker, MessagingBuilder messaging, IBus bus, IEventSerializer serializer) : ILogTarget
{
    /// <summary>Messages published together: each waits for its confirm, so one after another would be slow.</summary>
    private const int MaxOutstanding = 100;

    private static readonly TimeSpan HeartbeatLife = TimeSpan.FromSeconds(10);

    public string Name => "contracts";

    public int LeaderLock => 2;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        var connection = await broker.ConnectAsync("topology", cancellationToken);
        try
        {
            var channel = await connection.CreateChannelAsync(cancellationToken: cancellationToken);
            await Topology.DeclareContractsAsync(channel, messaging.Contracts, cancellationToken);
        }
        finally
        {
            await Broker.AbandonAsync(connection);
        }
    }

    public async Task PublishAsync(IReadOnlyList<RecordedEvent> batch, long previous, CancellationToken cancellationToken)
    {
        var outstanding = new List<Task>();
        foreach (var recorded in batch)
        {
            var index = 0;
            foreach (var message in messaging.Map!(recorded, await serializer.DeserializeAsync(recorded, cancellationToken)))
                outstanding.Add(PublishAsync(message, recorded, index++, cancellationToken));
            if (outstanding.Count < MaxOutstanding) continue;
            await Task.WhenAll(outstanding);
            outstanding.Clear();
        }

        await Task.WhenAll(outstanding);
    }

    public Task HeartbeatAsync(long position, CancellationToken cancellationToken) => Bounded(
        token => bus.Publish(new Heartbeat(messaging.Service, position, TimeProvider.System.GetUtcNow()), context => context.TimeToLive = HeartbeatLife, token), cancellationToken);

    public ValueTask CloseAsync() => ValueTask.CompletedTask;

    private Task PublishAsync(object message, RecordedEvent recorded, int index, CancellationToken cancellationToken) => Bounded(
        token => bus.Publish(message, message.GetType(), Pipe.Execute<PublishContext>(context =>
        {
            context.MessageId = MessageId(recorded.Id, index);
            context.Headers.Set(MessageHeaders.Correlation, recorded.Metadata.CorrelationId);
        }), token), cancellationToken);

    /// <summary>A publish waits for a connection as long as it takes; the session must not.</summary>
    private async Task Bounded(Func<CancellationToken, Task> publish, CancellationToken cancellationToken)
    {
        using var bounded = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        bounded.CancelAfter(broker.PublishTimeout);
        await publish(bounded.Token).WaitAsync(broker.PublishTimeout, cancellationToken);
    }

    /// <summary>The same for every publication of one event's message, whoever publishes it: consumers know a message by it.</summary>
    private static Guid MessageId(Guid eventId, int index)
    {
        Span<byte> source = stackalloc byte[20];
        eventId.TryWriteBytes(source);
        BinaryPrimitives.WriteInt32BigEndian(source[16..], index);
        Span<byte> hash = stackalloc byte[32];
        SHA256.HashData(source, hash);
        return NameBasedId.From(hash);
    }
}

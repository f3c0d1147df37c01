using System.Reflection;
using Integritet.Contracts;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Every exchange and queue, declared by publishers and consumers alike before they work, so that nothing published before the first consumer starts is lost.
/// All queues are durable quorum queues with every argument explicit: a broker's defaults are another broker's surprises.
/// </summary>
internal static class Topology
{
    /// <summary>Topic exchange of the audit feed.</summary>
    public const string FeedExchange = "integritet.events";

    /// <summary>Audit's queue on the feed, with a single active consumer.</summary>
    public const string AuditQueue = "audit.events";

    /// <summary>Direct exchange for what the broker itself gives up: rejected or too often redelivered. Routing key: the service.</summary>
    public const string DeadLetterExchange = "integritet.dead-letters";

    public const string ErrorSuffix = "_error";
    public const string SkippedSuffix = "_skipped";

    /// <summary>Service that owns <see cref="AuditQueue"/>.</summary>
    private const string AuditService = "audit";

    /// <summary>Redeliveries after which the broker dead-letters a message. A throwing consumer doesn't use them up (it retries in place); a crashing process does.</summary>
    private const int DeliveryLimit = 20;

    public static string DeadLetterQueue(string service) => $"{service}.dead-letters";

    /// <summary>Arguments of a service's work queues; MassTransit gives its <c>_error</c> and <c>_skipped</c> queues the same.</summary>
    public static Dictionary<string, object?> WorkQueueArguments(string service) => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-dead-letter-exchange"] = DeadLetterExchange,
        ["x-dead-letter-routing-key"] = service,
        // At-least-once dead-lettering needs reject-publish (rabbitmq.com/docs/quorum-queues#activating-at-least-once-dead-lettering).
        ["x-dead-letter-strategy"] = "at-least-once",
        ["x-overflow"] = "reject-publish",
    };

    /// <summary>Heartbeats are worth nothing when they are old: they expire and are not dead-lettered.</summary>
    public static Dictionary<string, object?> HeartbeatQueueArguments() => new(StringComparer.Ordinal)
    {
        ["x-queue-type"] = "quorum",
        ["x-delivery-limit"] = DeliveryLimit,
        ["x-message-ttl"] = 10_000,
        ["x-overflow"] = "drop-head",
        ["x-max-length"] = 10_000,
    };

    public static Dictionary<string, object?> ArgumentsFor(string service, Type message) =>
        message == typeof(Heartbeat) ? HeartbeatQueueArguments() : WorkQueueArguments(service);

    /// <summary>The feed's exchange and Audit's queue.</summary>
    public static async Task DeclareFeedAsync(IChannel channel, CancellationToken cancellationToken)
    {
        await DeclareDeadLettersAsync(channel, AuditService, cancellationToken);
        await channel.ExchangeDeclareAsync(FeedExchange, ExchangeType.Topic, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        var arguments = WorkQueueArguments(AuditService);
        arguments["x-single-active-consumer"] = true;
        await QueueAsync(channel, AuditQueue, arguments, cancellationToken);
        await channel.QueueBindAsync(AuditQueue, FeedExchange, "#", cancellationToken: cancellationToken);
    }

    /// <summary>A service's own queue for a message, with the two that MassTransit moves to: <c>_error</c> (a consumer threw) and <c>_skipped</c> (nobody knows the type).</summary>
    public static async Task DeclareOwnQueuesAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        foreach (var name in new[] { queue, queue + ErrorSuffix, queue + SkippedSuffix }) await DeclareEndpointAsync(channel, name, arguments, cancellationToken);
    }

    /// <summary>Where the broker puts what a service's queues give up.</summary>
    public static async Task DeclareDeadLettersAsync(IChannel channel, string service, CancellationToken cancellationToken)
    {
        await channel.ExchangeDeclareAsync(DeadLetterExchange, ExchangeType.Direct, durable: true, autoDelete: false, cancellationToken: cancellationToken);
        var queue = DeadLetterQueue(service);
        await QueueAsync(channel, queue, new Dictionary<string, object?>(StringComparer.Ordinal) { ["x-queue-type"] = "quorum", ["x-overflow"] = "reject-publish" }, cancellationToken);
        await channel.QueueBindAsync(queue, DeadLetterExchange, service, cancellationToken: cancellationToken);
    }

    /// <summary>The exchanges of all contracts and the queues of their consumers, as MassTransit will declare them.</summary>
    public static async Task DeclareContractsAsync(IChannel channel, Assembly contracts, CancellationToken cancellationToken)
    {
        var messages = from type in contracts.GetExportedTypes()
                       let consumers = type.GetCustomAttribute<ConsumedByAttribute>()
                       where consumers is not null
                       select (type, consumers.Services);
        foreach (var (message, services) in messages)
        {
            var exchange = MessageExchange(message);
            await FanoutAsync(channel, exchange, cancellationToken);
            foreach (var service in services)
            {
                var queue = MessagingBuilder.QueueName(service, message);
                await DeclareDeadLettersAsync(channel, service, cancellationToken);
                await DeclareEndpointAsync(channel, queue, ArgumentsFor(service, message), cancellationToken);
                await channel.ExchangeBindAsync(queue, exchange, "", cancellationToken: cancellationToken);
            }
        }
    }

    /// <summary>A queue behind an exchange of its own name, which is MassTransit's shape of an endpoint.</summary>
    public static async Task DeclareEndpointAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken)
    {
        await FanoutAsync(channel, queue, cancellationToken);
        await QueueAsync(channel, queue, arguments, cancellationToken);
        await channel.QueueBindAsync(queue, queue, "", cancellationToken: cancellationToken);
    }

    /// <summary>MassTransit's name for a message's exchange.</summary>
    private static string MessageExchange(Type message) => $"{message.Namespace}:{message.Name}";

    private static Task FanoutAsync(IChannel channel, string exchange, CancellationToken cancellationToken) =>
        channel.ExchangeDeclareAsync(exchange, ExchangeType.Fanout, durable: true, autoDelete: false, cancellationToken: cancellationToken);

    private static Task<QueueDeclareOk> QueueAsync(IChannel channel, string queue, Dictionary<string, object?> arguments, CancellationToken cancellationToken) =>
        channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, arguments, cancellationToken: cancellationToken);
}

using System.Reflection;
using System.Text.RegularExpressions;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Maps an own stored event to the messages other services are told (none, one or several). Pure: the same event gives the same messages, since a batch may be published again.
/// An event that cannot be mapped throws, which stops this service's contract messages (and shows in health) until it can.
/// </summary>
/// <param name="recorded">Where it stands: stream, version, position, controller.</param>
/// <param name="event">The event itself.</param>
public delegate IEnumerable<object> IntegrationMap(RecordedEvent recorded, object @event);

/// <summary>What a service says and hears.</summary>
public sealed partial class MessagingBuilder
{
    internal MessagingBuilder(IServiceCollection services, string service)
    {
        Services = services;
        Service = service;
    }

    /// <summary>Name of this service: first word of its queues and of its routing keys. Comes from configuration <c>Service:Name</c> unless set here.</summary>
    public string Service { get; set; }

    /// <summary>What other services are told of its events; null: nothing.</summary>
    public IntegrationMap? Map { get; set; }

    /// <summary>Assemblies with the Contracts this service may publish, whose consumers' queues are declared first. Default: Contracts.</summary>
    public Assembly Contracts { get; set; } = typeof(IStateMessage).Assembly;

    internal IServiceCollection Services { get; }

    internal List<ConsumerEndpoint> Endpoints { get; } = [];

    internal Dictionary<string, Type> WatchedSources { get; } = new(StringComparer.Ordinal);

    internal bool ConsumesFeed { get; private set; }

    /// <summary>Consumes a message on the quorum queue <c>service.message</c>, by any replica. The consumer must be harmless to repeat: see <see cref="ReceivedFacts"/>.</summary>
    public MessagingBuilder Consume<TMessage, TConsumer>()
        where TMessage : class
        where TConsumer : class, IConsumer<TMessage>
    {
        if (Endpoints.Any(e => e.Message == typeof(TMessage)))
            throw new InvalidOperationException($"{typeof(TMessage).Name} has a consumer already: one queue, one consumer.");
        Endpoints.Add(new ConsumerEndpoint(typeof(TMessage), x => x.AddConsumer<TConsumer>(), (endpoint, context) => endpoint.ConfigureConsumer<TConsumer>(context)));
        return this;
    }

    /// <summary>Receives every service's feed on the queue <c>audit.events</c> (one replica at a time).</summary>
    public MessagingBuilder ConsumeFeed<THandler>()
        where THandler : class, IFeedHandler
    {
        if (ConsumesFeed) throw new InvalidOperationException("The feed has a handler already.");
        ConsumesFeed = true;
        Services.AddSingleton<IFeedHandler, THandler>();
        return this;
    }

    /// <summary>
    /// Watches a service whose facts may forbid something: after ten seconds without its heartbeat its log is read instead, and if that fails too <see cref="SourceFreshness"/> says that
    /// its facts are stale.
    /// </summary>
    public MessagingBuilder Watch<TSilentSource>(string source)
        where TSilentSource : class, ISilentSource
    {
        if (!WatchedSources.TryAdd(source, typeof(TSilentSource))) throw new InvalidOperationException($"'{source}' is watched already.");
        Services.AddSingleton<TSilentSource>();
        return WatchedSources.Count == 1 ? Consume<Heartbeat, HeartbeatConsumer>() : this;
    }

    internal static string QueueName(string service, Type message) => $"{service}.{CapitalInside().Replace(message.Name, "-$0").ToLowerInvariant()}";

    internal string? Problem()
    {
        if (!ServiceName().IsMatch(Service))
            return "Messaging needs the service's name (lower-case words and hyphens): set m.Service, or Service__Name.";
        var foreign = Endpoints.FirstOrDefault(e => e.Message != typeof(Heartbeat) && e.Message.GetCustomAttribute<ConsumedByAttribute>()?.Services.Contains(Service, StringComparer.Ordinal) != true);
        return foreign is null
            ? null
            : $"'{Service}' consumes {foreign.Message.Name}, whose [ConsumedBy] doesn't name it: add it there, so that publishers declare its queue first.";
    }

    [GeneratedRegex("(?<=[a-z0-9])[A-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex CapitalInside();

    [GeneratedRegex("^[a-z][a-z0-9-]{0,39}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ServiceName();
}

/// <summary>One consumed message: its consumer's registration and its endpoint's configuration.</summary>
internal sealed record ConsumerEndpoint(Type Message, Action<IBusRegistrationConfigurator> Register, Action<IReceiveEndpointConfigurator, IBusRegistrationContext> Configure);

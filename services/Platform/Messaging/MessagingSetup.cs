using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using MassTransit;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>Wires messaging into a service.</summary>
public static class MessagingSetup
{
    /// <summary>Name of messaging's meter, for OpenTelemetry.</summary>
    public const string MeterName = "Integritet.Messaging";

    /// <summary>Adds the log forwarder, the bus with this service's consumers, dead letters and health. Wrong options stop the service at start with what to do.</summary>
    public static IHostApplicationBuilder AddMessaging(this IHostApplicationBuilder builder, Action<MessagingBuilder> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        var messaging = new MessagingBuilder(builder.Services, builder.Configuration["Service:Name"] ?? "");
        configure(messaging);
        if (messaging.Problem() is { } problem) throw new OptionsValidationException("Messaging", typeof(MessagingBuilder), [problem]);

        builder.Services.AddSingleton(messaging);
        builder.Services.AddOptions<RabbitMqOptions>().BindConfiguration("RabbitMq").ValidateOnStart();
        builder.Services.AddSingleton<IValidateOptions<RabbitMqOptions>, RabbitMqOptionsValidation>();
        builder.Services.AddSingleton<Broker>();
        builder.Services.AddSchemaFiles(new SchemaFiles("messaging", typeof(MessagingSetup).Assembly, "Integritet.Platform.Messaging.Schema."));
        builder.Services.AddSingleton<ReceivedFacts>();
        AddBus(builder.Services, messaging);
        AddForwarder<FeedTarget>(builder.Services, "feed");
        if (messaging.Map is not null) AddForwarder<ContractsTarget>(builder.Services, "contracts");
        if (messaging.ConsumesFeed)
        {
            builder.Services.AddSingleton<FeedConsumerState>();
            builder.Services.AddHostedService<FeedConsumer>();
        }

        builder.Services.AddSingleton<DeadLetters>();
        builder.Services.AddSingleton<ConsumerWatch>();
        builder.Services.AddHostedService<DeadLetterCollector>();
        builder.Services.AddSingleton<SourceFreshness>();
        if (messaging.WatchedSources.Count > 0) builder.Services.AddHostedService<SourceWatch>();
        builder.Services.AddHttpClient(ServiceCalls.ClientName);
        builder.Services.AddSingleton<SourceLog>();
        builder.Services.AddHostedService<LagWatch>();
        builder.Services.AddHealthChecks().AddCheck<MessagingHealth>("messaging", tags: ["ready"]);
        return builder;
    }

    /// <summary>Maps what other services and the operator ask of messaging, for service tokens only: <c>/internal/events</c>, <c>/internal/dead-letters</c>, <c>/internal/lag</c>.</summary>
    public static IEndpointRouteBuilder MapMessaging(this IEndpointRouteBuilder routes)
    {
        ArgumentNullException.ThrowIfNull(routes);
        InternalEvents.Map(routes);
        DeadLetterEndpoints.Map(routes);
        LagEndpoint.Map(routes);
        return routes;
    }

    private static void AddForwarder<TTarget>(IServiceCollection services, string name)
        where TTarget : class, ILogTarget
    {
        var state = new ForwarderState(name);
        services.AddSingleton(state);
        services.AddSingleton<IHostedService>(provider => ActivatorUtilities.CreateInstance<LogForwarder>(provider, ActivatorUtilities.CreateInstance<TTarget>(provider), state));
    }

    private static void AddBus(IServiceCollection services, MessagingBuilder messaging)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            // The broker away is a part degraded, not a service unready: commands go on and the log keeps what is to be told.
            bus.ConfigureHealthCheckOptions(o => o.MinimalFailureStatus = HealthStatus.Degraded);
            foreach (var endpoint in messaging.Endpoints) endpoint.Register(bus);
            bus.UsingRabbitMq((context, rabbit) => ConfigureBus(rabbit, context, messaging));
        });
    }

    private static void ConfigureBus(IRabbitMqBusFactoryConfigurator rabbit, IBusRegistrationContext context, MessagingBuilder messaging)
    {
        var options = context.GetRequiredService<IOptions<RabbitMqOptions>>().Value;
        var broker = new ConnectionFactory { Uri = new Uri(options.Uri) };
        rabbit.Host(broker.HostName, (ushort)broker.Endpoint.Port, broker.VirtualHost, messaging.Service, host =>
        {
            host.Username(broker.UserName);
            host.Password(broker.Password);
            host.PublisherConfirmation = true;
            if (broker.Ssl.Enabled) host.UseSsl(ssl => ssl.ServerName = broker.HostName);
        });
        foreach (var endpoint in messaging.Endpoints)
        {
            rabbit.ReceiveEndpoint(MessagingBuilder.QueueName(messaging.Service, endpoint.Message), queue =>
            {
                queue.Durable = true;
                foreach (var (name, value) in Topology.ArgumentsFor(messaging.Service, endpoint.Message)) queue.SetQueueArgument(name, value!);
                queue.PrefetchCount = 32;
                queue.UseMessageRetry(retry => retry.Intervals(options.ConsumerRetry));
                endpoint.Configure(queue, context);
            });
        }
    }

    private sealed class RabbitMqOptionsValidation : IValidateOptions<RabbitMqOptions>
    {
        public ValidateOptionsResult Validate(string? name, RabbitMqOptions options) =>
            RabbitMqOptions.Problem(options) is { } problem ? ValidateOptionsResult.Fail(problem) : ValidateOptionsResult.Success;
    }
}

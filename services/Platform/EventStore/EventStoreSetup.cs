using Integritet.Platform.EventStore.Projections;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>Configuration section <c>EventStore</c>; validated at start.</summary>
public sealed class EventStoreOptions
{
    /// <summary>Npgsql connection string of the service's own database. Never logged.</summary>
    public string ConnectionString { get; set; } = "";

    /// <summary><c>Postgres</c> (default) or <c>Marten</c> (only in a build with <c>-p:UseMarten=true</c>).</summary>
    public string Writer { get; set; } = "Postgres";

    /// <summary>Most appends taken into one transaction.</summary>
    public int MaxBatchAppends { get; set; } = 256;

    /// <summary>Most events taken into one transaction.</summary>
    public int MaxBatchEvents { get; set; } = 4096;

    /// <summary>Most bytes of event data taken into one transaction.</summary>
    public int MaxBatchBytes { get; set; } = 8 * 1024 * 1024;

    /// <summary>Most appends that may wait; past it, callers get <see cref="EventStoreUnavailableException"/>.</summary>
    public int MaxQueuedAppends { get; set; } = 10_000;

    /// <summary>How long an append may wait for the lock, in milliseconds.</summary>
    public int LockTimeoutMs { get; set; } = 5_000;

    /// <summary>How long an append may take in all before its caller is told that its outcome is unknown, in milliseconds.</summary>
    public int AppendTimeoutMs { get; set; } = 15_000;

    /// <summary>How often a subscription looks for events without having been told of any, in milliseconds: the safety net under notifications.</summary>
    public int PollIntervalMs { get; set; } = 1_000;
}

/// <summary>A writer that <see cref="EventStoreOptions.Writer"/> can name.</summary>
/// <param name="Name">The name in configuration.</param>
/// <param name="Create">Makes the store; disposed with the container.</param>
public sealed record EventStoreWriter(string Name, Func<IServiceProvider, IEventStore> Create)
{
    /// <summary>What the writer adds to the database before it can write; run at start while replicas take turns.</summary>
    public Func<IServiceProvider, CancellationToken, Task> PrepareDatabase { get; init; } = (_, _) => Task.CompletedTask;
}

/// <summary>Registers a service's event store.</summary>
public static class EventStoreSetup
{
    /// <summary>
    /// Registers <see cref="IEventStore"/>, <see cref="ICheckpoints"/>, <see cref="EventStreams"/>, <see cref="InlineProjections"/> and an <see cref="NpgsqlDataSource"/> for queries, and at start,
    /// before the services registered after it, brings schema and projections up to date. The plain <see cref="JsonEventSerializer"/> stands unless another one was registered before.
    /// </summary>
    /// <param name="services">The service's registrations.</param>
    /// <param name="configuration">Configuration with a section <c>EventStore</c>.</param>
    /// <param name="events">The service's stored events.</param>
    /// <param name="projections">The service's inline projections.</param>
    public static IServiceCollection AddEventStore(
        this IServiceCollection services, IConfiguration configuration, StoredEvents events, IEnumerable<InlineProjection> projections)
    {
        services.AddOptions<EventStoreOptions>().Bind(configuration.GetSection("EventStore")).ValidateOnStart();
        services.AddSingleton<IValidateOptions<EventStoreOptions>, EventStoreOptionsValidation>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<IEventSerializer, JsonEventSerializer>();
        services.AddSingleton(events);
        foreach (var projection in projections)
            services.AddSingleton(projection);

        services.AddSingleton(provider => QueryDataSource(Options(provider), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<ICheckpoints, Checkpoints>();
        services.AddSingleton<InlineProjections>();
        services.AddSingleton<SchemaUpgrade>();
        services.AddSchemaFiles(SchemaFiles.EventStore);
        services.AddEventStoreWriter(new EventStoreWriter("Postgres", provider => new PostgresEventStore(
            provider.GetRequiredService<NpgsqlDataSource>(), Options(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>())));
        services.AddSingleton(provider => Chosen(provider).Create(provider));
        services.AddSingleton<EventStreams>();
        services.AddHostedService<EventStoreStart>();
        services.AddHostedService<ExpiredRecords>();
        return services;
    }

    /// <summary>Makes a writer choosable. Writers in other projects call it, so that this one does not know them.</summary>
    public static IServiceCollection AddEventStoreWriter(this IServiceCollection services, EventStoreWriter writer) => services.AddSingleton(writer);

    /// <summary>Has a part's SQL files applied at start, after the event store's own.</summary>
    public static IServiceCollection AddSchemaFiles(this IServiceCollection services, SchemaFiles files) => services.AddSingleton(files);

    /// <summary>
    /// The pool for queries and reads; prepared plans are kept. Sessions are not reset between uses, six statements each time: whoever changes a session changes it back, or has the pool
    /// let go of it.
    /// </summary>
    internal static NpgsqlDataSource QueryDataSource(EventStoreOptions options, ILoggerFactory loggers)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString) { MaxAutoPrepare = 100, AutoPrepareMinUsages = 2, Timeout = 5, Enlist = false, NoResetOnClose = true };
        if (string.IsNullOrEmpty(settings.Options))
            settings.Options = "-c idle_in_transaction_session_timeout=60000";
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).UseLoggerFactory(loggers).Build();
    }

    /// <summary>The writer that configuration names.</summary>
    internal static EventStoreWriter Chosen(IServiceProvider provider) => provider.GetServices<EventStoreWriter>().Single(writer => writer.Name == Options(provider).Writer);

    private static EventStoreOptions Options(IServiceProvider provider) => provider.GetRequiredService<IOptions<EventStoreOptions>>().Value;
}

/// <summary>Says at start what is wrong with the section, and what to do.</summary>
internal sealed class EventStoreOptionsValidation(IEnumerable<EventStoreWriter> writers) : IValidateOptions<EventStoreOptions>
{
    public ValidateOptionsResult Validate(string? name, EventStoreOptions options)
    {
        var failures = Failures(options).ToArray();
        return failures.Length == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private IEnumerable<string> Failures(EventStoreOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
            yield return "EventStore:ConnectionString is empty: set EventStore__ConnectionString to an Npgsql connection string of this service's own database.";
        if (!writers.Any(writer => writer.Name == options.Writer))
            yield return $"EventStore:Writer is '{options.Writer}', but this build has: {string.Join(", ", writers.Select(writer => writer.Name))}. 'Marten' needs a build with -p:UseMarten=true.";
        foreach (var (setting, value) in new[]
        {
            (nameof(options.MaxBatchAppends), options.MaxBatchAppends), (nameof(options.MaxBatchEvents), options.MaxBatchEvents), (nameof(options.MaxBatchBytes), options.MaxBatchBytes),
            (nameof(options.MaxQueuedAppends), options.MaxQueuedAppends), (nameof(options.LockTimeoutMs), options.LockTimeoutMs), (nameof(options.AppendTimeoutMs), options.AppendTimeoutMs),
            (nameof(options.PollIntervalMs), options.PollIntervalMs),
        })
        {
            if (value < 1)
                yield return $"EventStore:{setting} is {value}: set it to 1 or more.";
        }
    }
}

/// <summary>Brings schema and projections up to date before anything else of the service starts; waits a while for a server that is still starting.</summary>
internal sealed partial class EventStoreStart(
    IServiceProvider provider, SchemaUpgrade schema, IEnumerable<SchemaFiles> files, InlineProjections projections, IEventStore store, TimeProvider time, ILogger<EventStoreStart> logger)
    : IHostedService
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var started = time.GetTimestamp();
        while (true)
        {
            try
            {
                await schema.ApplyAsync(files, cancel => EventStoreSetup.Chosen(provider).PrepareDatabase(provider, cancel), cancellationToken);
                await projections.BringUpToDateAsync(cancellationToken);
                await store.HeadAsync(cancellationToken);
                return;
            }
            catch (Exception e) when (Outage.Is(e) && time.GetElapsedTime(started) < Patience)
            {
                Waiting(e.Message);
                await Task.Delay(RetryPause, cancellationToken);
            }
        }
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(Level = LogLevel.Warning, Message = "Waiting for the event store's database: {Reason}")]
    private partial void Waiting(string reason);
}

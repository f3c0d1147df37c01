using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.EventStore.Tests;

/// <summary>One replica of a service: an event store as the service would have it, started and stopped like one.</summary>
public sealed class Replica : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    private Replica(ServiceProvider services) => _services = services;

    public IEventStore Store => _services.GetRequiredService<IEventStore>();

    public ICheckpoints Checkpoints => _services.GetRequiredService<ICheckpoints>();

    public NpgsqlDataSource Database => _services.GetRequiredService<NpgsqlDataSource>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public T Hosted<T>() where T : IHostedService => _services.GetServices<IHostedService>().OfType<T>().Single();

    public static async Task<Replica> StartAsync(
        string connectionString, IEnumerable<InlineProjection>? projections = null, Action<IServiceCollection>? services = null, params (string Key, string Value)[] settings)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("EventStore:ConnectionString", connectionString), .. settings.Select(s => new KeyValuePair<string, string?>($"EventStore:{s.Key}", s.Value))])
            .Build();
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        collection.AddEventStore(configuration, StoredEvents.In(typeof(Replica).Assembly), projections ?? []);
        services?.Invoke(collection);
        var replica = new Replica(collection.BuildServiceProvider());
        try
        {
            foreach (var hosted in replica._services.GetServices<IHostedService>())
                await hosted.StartAsync(TestContext.Current.CancellationToken);
            return replica;
        }
        catch
        {
            await replica.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in _services.GetServices<IHostedService>().Reverse())
            await hosted.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}

using Integritet.Servers;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace Integritet.Messaging.Tests;

/// <summary>What one test has for itself: a virtual host, databases by service, addresses. Disposes its services.</summary>
public sealed class World(PostgresServer postgres, string virtualHost) : IAsyncDisposable
{
    private readonly Dictionary<string, string> _databases = new(StringComparer.Ordinal);
    private readonly List<TestService> _services = [];

    public Addresses Addresses { get; } = new();

    public string VirtualHost { get; } = virtualHost;

    public static async Task<World> CreateAsync(PostgresServer postgres, RabbitMqServer rabbit) =>
        new(postgres, await rabbit.CreateVirtualHostAsync());

    /// <summary>A replica; those of one name share a database.</summary>
    public async Task<TestService> StartAsync(string name, Action<MessagingBuilder>? messaging = null, params (string Key, string Value)[] settings)
    {
        if (!_databases.TryGetValue(name, out var database)) _databases[name] = database = await postgres.CreateDatabaseAsync();
        var service = await TestService.StartAsync(name, database, VirtualHost, Addresses, messaging, settings);
        _services.Add(service);
        return service;
    }

    /// <summary>Alpha tells what it notes.</summary>
    public Task<TestService> StartAlphaAsync(params (string Key, string Value)[] settings) => StartAsync("alpha", m => m.Map = TestService.Tell, settings);

    /// <summary>A service that receives the feed.</summary>
    public Task<TestService> StartAuditAsync(Received received) => StartAsync("audit", m =>
    {
        m.ConsumeFeed<Received>();
        m.Services.AddSingleton<IFeedHandler>(received);
    });

    public async Task StopAsync(TestService service)
    {
        _services.Remove(service);
        await service.DisposeAsync();
    }

    public async Task<IConnection> ConnectAsync() => await new ConnectionFactory { Uri = new Uri(VirtualHost) }.CreateConnectionAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        foreach (var service in _services) await service.DisposeAsync();
    }
}

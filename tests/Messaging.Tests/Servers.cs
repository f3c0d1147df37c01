using Integritet.Messaging.Tests;
using Integritet.Servers;

[assembly: AssemblyFixture(typeof(SharedServers))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Integritet.Messaging.Tests;

/// <summary>A PostgreSQL and a RabbitMQ server for all tests that don't kill one. Each test has its own databases and virtual host.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    public PostgresServer Postgres { get; private set; } = null!;

    public RabbitMqServer RabbitMq { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Postgres = await PostgresServer.StartAsync();
        RabbitMq = await RabbitMqServer.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await RabbitMq.DisposeAsync();
        await Postgres.DisposeAsync();
    }
}

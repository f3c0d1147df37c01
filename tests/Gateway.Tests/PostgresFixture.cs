using Integritet.Gateway.Tests;
using Integritet.Servers;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace Integritet.Gateway.Tests;

/// <summary>One PostgreSQL for all tests of the gateway; each test has a database of its own.</summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    public Task<string> CreateDatabaseAsync() => _server!.CreateDatabaseAsync();

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public ValueTask DisposeAsync() => _server!.DisposeAsync();
}

namespace Integritet.Hosting.Tests;

/// <summary>The PostgreSQL that these tests share.</summary>
public sealed class Database : IAsyncLifetime
{
    private PostgresServer? _server;

    public async ValueTask InitializeAsync() => _server = await PostgresServer.StartAsync();

    public Task<string> CreateAsync() => _server!.CreateDatabaseAsync();

    public ValueTask DisposeAsync() => _server?.DisposeAsync() ?? ValueTask.CompletedTask;
}

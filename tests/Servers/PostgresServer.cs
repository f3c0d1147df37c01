using System.Globalization;
using Npgsql;

namespace Integritet.Servers;

/// <summary>A real PostgreSQL server on a loopback port: the one named by INTEGRITET_TEST_POSTGRES (an administrator's connection string), or a private one.</summary>
public sealed class PostgresServer : IAsyncDisposable
{
    private readonly string? _directory;
    private readonly string _administrator;

    private PostgresServer(string administrator, string? directory) => (_administrator, _directory) = (administrator, directory);

    /// <summary>The shared server where there is one, else a private one.</summary>
    public static async Task<PostgresServer> StartAsync() =>
        Environment.GetEnvironmentVariable("INTEGRITET_TEST_POSTGRES") is { Length: > 0 } shared ? new(shared, directory: null) : await StartPrivateAsync();

    /// <summary>A private server, which may be killed.</summary>
    public static async Task<PostgresServer> StartPrivateAsync()
    {
        var started = (await LocalServer.RunAsync("postgres", "start", LocalServer.NewDirectory("postgres"))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var administrator = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1", Port = int.Parse(started[1], CultureInfo.InvariantCulture), Username = "postgres", Password = started[2], Database = "postgres",
        };
        return new(administrator.ConnectionString, started[0]);
    }

    /// <summary>The port it listens on.</summary>
    public int Port => new NpgsqlConnectionStringBuilder(_administrator).Port;

    /// <summary>Where a private server keeps its files: for tests that search the bytes on disk.</summary>
    public string Directory => _directory ?? throw NotPrivate();

    /// <summary>A new, empty database; its connection string.</summary>
    public async Task<string> CreateDatabaseAsync(string prefix = "test")
    {
        var name = $"{prefix}_{Guid.CreateVersion7():n}";
        await using var source = NpgsqlDataSource.Create(_administrator);
        await using var create = source.CreateCommand($"create database {name}");
        await create.ExecuteNonQueryAsync();
        return new NpgsqlConnectionStringBuilder(_administrator) { Database = name }.ConnectionString;
    }

    /// <summary>Kills the server and all its backends with SIGKILL.</summary>
    public Task KillAsync() => LocalServer.RunAsync("postgres", "kill", _directory ?? throw NotPrivate());

    /// <summary>Stops it in order.</summary>
    public Task StopAsync() => LocalServer.RunAsync("postgres", "stop", _directory ?? throw NotPrivate());

    /// <summary>Starts it again on the same port with the same data.</summary>
    public Task RestartAsync() => LocalServer.RunAsync("postgres", "start", _directory ?? throw NotPrivate(), Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>Stops a private server and deletes its files; leaves a shared one alone.</summary>
    public async ValueTask DisposeAsync()
    {
        NpgsqlConnection.ClearAllPools();
        if (_directory is not null)
            await LocalServer.RunAsync("postgres", "remove", _directory);
    }

    private static InvalidOperationException NotPrivate() => new("Only a private server may be stopped or looked into: use StartPrivateAsync.");
}

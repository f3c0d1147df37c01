using Npgsql;

namespace Integritet.Servers;

/// <summary>
/// A real PostgreSQL on loopback. Private to the test, or the one named by <c>INTEGRITET_TEST_POSTGRES</c> (a connection string
/// of a superuser). Disposal deletes the databases it made, and the whole server where it is private.
/// </summary>
public sealed class PostgresServer : IAsyncDisposable
{
    public const string SharedVariable = "INTEGRITET_TEST_POSTGRES";

    private readonly LocalServer? _local;
    private readonly List<string> _databases = [];
    private readonly Lock _lock = new();

    private PostgresServer(LocalServer? local, string adminConnectionString)
    {
        _local = local;
        AdminConnectionString = adminConnectionString;
    }

    /// <summary>A superuser's connection string, not pooled.</summary>
    public string AdminConnectionString { get; }

    /// <summary>Where a private server keeps its files and log.</summary>
    public string State => Private.State;

    private LocalServer Private => _local ?? throw new InvalidOperationException("this server is shared with other tests; use StartPrivateAsync");

    /// <summary>The shared server where there is one, else a private one.</summary>
    public static async Task<PostgresServer> StartAsync() =>
        Environment.GetEnvironmentVariable(SharedVariable) is { Length: > 0 } shared ? new PostgresServer(null, Unpooled(shared)) : await StartPrivateAsync();

    /// <summary>A server of this test's own, which it may kill.</summary>
    public static async Task<PostgresServer> StartPrivateAsync()
    {
        var local = await LocalServer.StartAsync("postgres");
        return new PostgresServer(local, Unpooled($"Host=127.0.0.1;Port={local.Port};Username=postgres;Password={local.Password};Database=postgres"));
    }

    /// <summary>Makes an empty database and gives its connection string.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var name = $"test_{Guid.CreateVersion7():n}";
        await ExecuteAsync($"CREATE DATABASE {name}");
        lock (_lock)
            _databases.Add(name);
        return new NpgsqlConnectionStringBuilder(AdminConnectionString) { Database = name, Pooling = true, MaxPoolSize = 40 }.ConnectionString;
    }

    /// <summary>kill -9 of the server and every one of its processes.</summary>
    public Task KillAsync() => Private.KillAsync();

    /// <summary>Stops the server in an orderly way.</summary>
    public Task StopAsync() => Private.StopAsync();

    /// <summary>Starts the killed or stopped server again, on the same port; returns when it answers.</summary>
    public Task RestartAsync() => Private.StartAgainAsync();

    public async ValueTask DisposeAsync()
    {
        if (_local is not null)
        {
            await _local.RemoveAsync();
            return;
        }

        foreach (var database in _databases)
            await ExecuteAsync($"DROP DATABASE IF EXISTS {database} WITH (FORCE)");
    }

    private static string Unpooled(string connectionString) => new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;

    private async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString);
        await connection.OpenAsync();
        // Making and dropping a database waits for a checkpoint of the whole server.
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 300 };
        await command.ExecuteNonQueryAsync();
    }
}

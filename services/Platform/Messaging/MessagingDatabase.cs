using Integritet.Platform.EventStore;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Platform.Messaging;

/// <summary>Messaging's own few connections to the service's database: leadership, dead letters, sources heard.</summary>
internal sealed class MessagingDatabase : IAsyncDisposable
{
    /// <summary>First key of every advisory lock of messaging ("intm"), apart from the store's.</summary>
    public const int LockClass = 0x696E746D;

    private const int SchemaLock = 0;
    private const int MaxConnections = 8;

    private readonly SemaphoreSlim _once = new(1, 1);
    private readonly NpgsqlDataSource _source;
    private bool _hasSchema;

    public MessagingDatabase(IOptions<EventStoreOptions> options)
    {
        // Leadership is a session's lock: the session must not be handed on by a pool with the lock still held.
        var settings = new NpgsqlConnectionStringBuilder(options.Value.ConnectionString) { MaxPoolSize = MaxConnections, ApplicationName = "integritet-messaging", KeepAlive = 10, CommandTimeout = 10 };
        ConnectionString = settings.ConnectionString;
        _source = NpgsqlDataSource.Create(settings);
    }

    public string ConnectionString { get; }

    /// <summary>A connection to a database that has messaging's tables.</summary>
    public async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!Volatile.Read(ref _hasSchema)) await CreateSchemaAsync(cancellationToken);
        return await _source.OpenConnectionAsync(cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _source.DisposeAsync();
        _once.Dispose();
    }

    private async Task CreateSchemaAsync(CancellationToken cancellationToken)
    {
        await _once.WaitAsync(cancellationToken);
        try
        {
            if (_hasSchema) return;
            await using var connection = await _source.OpenConnectionAsync(cancellationToken);
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using (var take = new NpgsqlCommand("select pg_advisory_xact_lock($1, $2)", connection, transaction) { Parameters = { new() { Value = LockClass }, new() { Value = SchemaLock } } })
                await take.ExecuteNonQueryAsync(cancellationToken);
            foreach (var sql in SchemaFiles())
            {
                await using var command = new NpgsqlCommand(sql, connection, transaction);
                await command.ExecuteNonQueryAsync(cancellationToken);
            }

            await transaction.CommitAsync(cancellationToken);
            Volatile.Write(ref _hasSchema, true);
        }
        finally
        {
            _once.Release();
        }
    }

    private static IEnumerable<string> SchemaFiles()
    {
        var assembly = typeof(MessagingDatabase).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(n => n.EndsWith(".sql", StringComparison.Ordinal)).Order(StringComparer.Ordinal))
        {
            using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!);
            yield return reader.ReadToEnd();
        }
    }
}

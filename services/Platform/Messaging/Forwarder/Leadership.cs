using Npgsql;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Held by one replica at a time: a session advisory lock in the service's own database, so that it falls with its holder. It only saves double work: whoever leads must make a second leader
/// harmless, by a compare-and-set or an expected version.
/// </summary>
public sealed class Leadership : IAsyncDisposable
{
    /// <summary>First key of messaging's advisory locks ("intm"); the store's have one 64-bit key, which is another space.</summary>
    private const int LockClass = 0x696E746D;

    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    private readonly NpgsqlConnection _connection;

    private Leadership(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Waits until this replica leads. Throws when the database is away.</summary>
    /// <param name="connectionString">Of the service's own database.</param>
    /// <param name="key">What is led; keys below 100 are messaging's own.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    public static async Task<Leadership> AcquireAsync(string connectionString, int key, CancellationToken cancellationToken)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 10, CommandTimeout = 10, ApplicationName = "integritet-leader" };
        var connection = new NpgsqlConnection(settings.ConnectionString);
        try
        {
            await connection.OpenAsync(cancellationToken);
            while (!await TryLockAsync(connection, key, cancellationToken)) await Task.Delay(AskAgain, cancellationToken);
            return new Leadership(connection);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Throws when the session, and the lock with it, is lost.</summary>
    public async Task ConfirmAsync(CancellationToken cancellationToken)
    {
        await using var ask = new NpgsqlCommand("select 1", _connection);
        await ask.ExecuteScalarAsync(cancellationToken);
    }

    /// <summary>Gives the lead up.</summary>
    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private static async Task<bool> TryLockAsync(NpgsqlConnection connection, int key, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select pg_try_advisory_lock($1, $2)", connection)
        {
            Parameters = { new() { Value = LockClass }, new() { Value = key } },
        };
        return (bool)(await command.ExecuteScalarAsync(cancellationToken))!;
    }
}

using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Retention.Instructions;

/// <summary>
/// Instructing and placing a legal hold take turns, controller by controller and over all replicas: what a hold covers is read after every earlier hold is committed, so a held item is never instructed,
/// and what a hold recalls is read after every earlier instruction.
/// </summary>
public sealed class Turns(NpgsqlDataSource database) : IDisposable
{
    /// <summary>First key of these advisory locks ("intr").</summary>
    private const int LockClass = 0x696E7472;

    /// <summary>Those who wait in this replica wait here, and so hold one connection together.</summary>
    private readonly SemaphoreSlim[] _here = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>Waits for the turn; disposing what is returned ends it. Throws <see cref="EventStoreUnavailableException"/> when it does not come in time.</summary>
    public async Task<IAsyncDisposable> TakeAsync(string controller, CancellationToken cancellationToken)
    {
        var here = _here[(uint)StringComparer.Ordinal.GetHashCode(controller) % (uint)_here.Length];
        await here.WaitAsync(cancellationToken);
        try
        {
            return new Turn(await Outage.TranslateAsync(LockAsync(controller, cancellationToken)), here);
        }
        catch
        {
            here.Release();
            throw;
        }
    }

    public void Dispose() => Array.ForEach(_here, here => here.Dispose());

    private async Task<NpgsqlTransaction> LockAsync(string controller, CancellationToken cancellationToken)
    {
        var connection = await database.OpenConnectionAsync(cancellationToken);
        try
        {
            var transaction = await connection.BeginTransactionAsync(cancellationToken);
            await using var take = new NpgsqlBatch(connection, transaction)
            {
                BatchCommands =
                {
                    new NpgsqlBatchCommand("set local lock_timeout = '10s'"),
                    new NpgsqlBatchCommand("select pg_advisory_xact_lock($1, hashtext($2))") { Parameters = { new() { Value = LockClass }, new() { Value = controller } } },
                },
            };
            await take.ExecuteNonQueryAsync(cancellationToken);
            return transaction;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>The lock falls with the transaction.</summary>
    private sealed class Turn(NpgsqlTransaction transaction, SemaphoreSlim here) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            var connection = transaction.Connection;
            try
            {
                await transaction.DisposeAsync();
            }
            finally
            {
                if (connection is not null)
                    await connection.DisposeAsync();
                here.Release();
            }
        }
    }
}

using System.Net.Sockets;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>Tells an unreachable or ailing server from a faulty request, so that callers can answer 503 to the one and nothing else.</summary>
public static class Outage
{
    /// <summary>Whether an exception of Npgsql or of the network means that the server is away or ailing.</summary>
    public static bool Is(Exception e) => e switch
    {
        PostgresException p => p.IsTransient || p.InvariantSeverity is "FATAL" or "PANIC"
            || p.SqlState is PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.ReadOnlySqlTransaction,
        NpgsqlException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>Awaits a read; an outage comes out as <see cref="EventStoreUnavailableException"/>.</summary>
    public static async Task<T> TranslateAsync<T>(Task<T> read)
    {
        try
        {
            return await read;
        }
        catch (Exception e) when (Is(e))
        {
            throw Unavailable(e);
        }
    }

    /// <inheritdoc cref="TranslateAsync{T}(Task{T})"/>
    public static async IAsyncEnumerable<T> TranslateAsync<T>(IAsyncEnumerable<T> read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var rows = read.GetAsyncEnumerator(cancellationToken);
        while (true)
        {
            try
            {
                if (!await rows.MoveNextAsync())
                    yield break;
            }
            catch (Exception e) when (Is(e))
            {
                throw Unavailable(e);
            }
            yield return rows.Current;
        }
    }

    private static EventStoreUnavailableException Unavailable(Exception e) => new("The event store cannot be reached or does not answer.", e);
}

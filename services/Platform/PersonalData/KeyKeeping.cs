using Integritet.Platform.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;

namespace Integritet.Platform.PersonalData;

/// <summary>
/// Forgets keys that any replica destroyed as soon as it is told, and deletes the rows of long destroyed ones. While it cannot listen, the cache's lifetime is what bounds the use of a destroyed key.
/// </summary>
internal sealed class KeyKeeping(NpgsqlDataSource database, DataKeys keys, DataKeyCache cache, IOptions<PersonalDataOptions> options, TimeProvider time, ILogger<KeyKeeping> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ExpiryInterval = TimeSpan.FromHours(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                await ListenAsync(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e) when (e is NpgsqlException or EventStoreUnavailableException || Outage.Is(e))
            {
                Log.ListeningInterrupted(logger, e.Message);
                await Task.Delay(Pause, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task ListenAsync(CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        connection.Notification += (_, notification) => Forget(notification.Payload);
        await using (var listen = new NpgsqlCommand($"listen {DataKeys.DestroyedChannel}", connection))
            await listen.ExecuteNonQueryAsync(cancellationToken);
        // What was told before this is not known.
        cache.Clear();
        while (true)
        {
            await keys.ExpireAsync(time.GetUtcNow().AddDays(-options.Value.KeepDestroyedKeyRowsDays), cancellationToken);
            await WaitUntilExpiryAsync(connection, cancellationToken);
        }
    }

    private static async Task WaitUntilExpiryAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var until = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(until) is var waited && waited < ExpiryInterval)
            await connection.WaitAsync(ExpiryInterval - waited, cancellationToken);
    }

    private void Forget(string payload)
    {
        if (payload == "*")
            cache.Clear();
        foreach (var id in payload.Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (Guid.TryParse(id, out var key))
                cache.Evict(key);
        }
    }
}

/// <summary>Everything this part logs.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "Listening for destroyed keys was interrupted, trying again: {Reason}")]
    public static partial void ListeningInterrupted(ILogger logger, string reason);
}

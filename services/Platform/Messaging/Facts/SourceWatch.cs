using System.Collections.Concurrent;
using Integritet.Platform.EventStore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Looks every second at when the watched services were heard, and reads the log of one that has been silent. A while after a heartbeat told of something new it reads the log as well: what waits in a
/// queue or lies with the dead letters is then applied all the same.
/// </summary>
internal sealed class SourceWatch(
    NpgsqlDataSource database, MessagingBuilder messaging, SourceFreshness freshness, SourceLog logs, ICheckpoints checkpoints, IServiceProvider services,
    ILogger<SourceWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A silent source is read this long before its facts would go stale.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(4);

    /// <summary>How long what is new has to come by messages.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Up to where each source's log has been read here.</summary>
    private readonly ConcurrentDictionary<string, long> _read = new(StringComparer.Ordinal);

    /// <summary>When a source's log is to be read, though it is heard, because it has told of more than was read.</summary>
    private readonly ConcurrentDictionary<string, DateTimeOffset> _readAt = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Every);
        do
        {
            await HearAsync(stoppingToken);
            var now = TimeProvider.System.GetUtcNow();
            await Task.WhenAll(
                from source in messaging.WatchedSources
                let silent = !freshness.IsFresh(source.Key, now + Margin)
                where silent || (_readAt.TryGetValue(source.Key, out var due) && due <= now)
                select ReadAsync(source.Key, source.Value, silent, stoppingToken));
        }
        while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var select = database.CreateCommand("select source, heard_at, position from integritet_source");
            await using var row = await select.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken))
            {
                freshness.Heard(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1));
                if (row.GetInt64(2) > _read.GetValueOrDefault(row.GetString(0))) _readAt.TryAdd(row.GetString(0), TimeProvider.System.GetUtcNow() + Patience);
            }
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.SourcesUnknown(logger, e);
        }
    }

    private async Task ReadAsync(string source, Type reader, bool silent, CancellationToken cancellationToken)
    {
        try
        {
            var began = TimeProvider.System.GetUtcNow();
            var count = await ApplyAsync(source, (ISilentSource)services.GetRequiredService(reader), cancellationToken);
            _readAt.TryRemove(source, out _);
            freshness.Heard(source, began);
            if (silent) Log.SilentSourceRead(logger, source, count);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            _readAt[source] = TimeProvider.System.GetUtcNow() + Patience;
            if (silent) Log.FactsStale(logger, source, e);
            else Log.SourceNotRead(logger, source, e);
        }
    }

    /// <summary>Reads on from the checkpoint. It moves only by reading, so it lags behind what came by messages, and never runs ahead.</summary>
    private async Task<int> ApplyAsync(string source, ISilentSource reader, CancellationToken cancellationToken)
    {
        var checkpoint = SourceLog.NameOf(source);
        var position = await checkpoints.GetAsync(checkpoint, cancellationToken);
        var count = 0;
        await foreach (var page in logs.ReadAsync(source, position, ReadTimeout, cancellationToken))
        {
            foreach (var logged in page) await reader.ApplyAsync(logged, cancellationToken);
            await checkpoints.TryMoveAsync(checkpoint, position, page[^1].Position, cancellationToken);
            (position, count) = (page[^1].Position, count + page.Count);
        }

        _read[source] = position;
        return count;
    }
}

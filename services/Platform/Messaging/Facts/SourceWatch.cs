using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.Messaging;

/// <summary>Looks every second at when the watched services were heard, and reads the log of one that has been silent.</summary>
internal sealed class SourceWatch(
    NpgsqlDataSource database, MessagingBuilder messaging, SourceFreshness freshness, SourceLog logs, IServiceProvider services, ILogger<SourceWatch> logger) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ReadTimeout = TimeSpan.FromSeconds(3);

    /// <summary>A silent source is read this long before its facts would go stale.</summary>
    private static readonly TimeSpan Margin = TimeSpan.FromSeconds(4);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Every);
        do
        {
            await HearAsync(stoppingToken);
            var soon = TimeProvider.System.GetUtcNow() + Margin;
            await Task.WhenAll(messaging.WatchedSources.Where(s => !freshness.IsFresh(s.Key, soon)).Select(s => ReadAsync(s.Key, s.Value, stoppingToken)));
        }
        while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    private async Task HearAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var select = database.CreateCommand("select source, heard_at from integritet_source");
            await using var row = await select.ExecuteReaderAsync(cancellationToken);
            while (await row.ReadAsync(cancellationToken)) freshness.Heard(row.GetString(0), row.GetFieldValue<DateTimeOffset>(1));
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.SourcesUnknown(logger, e);
        }
    }

    private async Task ReadAsync(string source, Type reader, CancellationToken cancellationToken)
    {
        try
        {
            var began = TimeProvider.System.GetUtcNow();
            var silent = (ISilentSource)services.GetRequiredService(reader);
            var count = 0;
            await foreach (var page in logs.ReadAsync(source, await silent.AppliedPositionAsync(source, cancellationToken), ReadTimeout, cancellationToken))
            {
                await silent.ApplyAsync(source, page, cancellationToken);
                count += page.Count;
            }

            freshness.Heard(source, began);
            Log.SilentSourceRead(logger, source, count);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.FactsStale(logger, source, e);
        }
    }
}

using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;

namespace Integritet.Platform.EventStore.Reading;

/// <summary>Follows the log: what is there, then what comes, across lost connections.</summary>
internal sealed partial class Subscription(LogReader log, CommitSignal signal, TimeSpan pollInterval, ILogger logger)
{
    private static readonly TimeSpan RetryPause = TimeSpan.FromSeconds(1);

    /// <summary>A batch ends at the event that reaches this: a subscriber may keep several of them, and events can be large.</summary>
    private const int MaxBatchBytes = 2 * 1024 * 1024;

    /// <summary>Whoever is no further behind than this gets its events by a prepared statement.</summary>
    private const int Few = 100;

    public async IAsyncEnumerable<IReadOnlyList<RecordedEvent>> FollowAsync(long afterPosition, int maxBatch, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var position = afterPosition;
        var behind = true;
        while (true)
        {
            var (batch, full) = await TryReadAsync(position, behind ? maxBatch : Math.Min(Few, maxBatch), behind, cancellationToken);
            behind = full || batch.Count >= Math.Min(Few, maxBatch);
            if (batch.Count == 0)
            {
                await signal.WaitAboveAsync(position, pollInterval, cancellationToken);
                continue;
            }
            position = batch[^1].Position;
            yield return batch;
        }
    }

    /// <summary>The next batch, empty when there is nothing new or the store is away; full when it ended for its bytes. Read to its end here: a slow subscriber holds no connection.</summary>
    private async Task<(List<RecordedEvent> Batch, bool Full)> TryReadAsync(long position, int maxBatch, bool behind, CancellationToken cancellationToken)
    {
        var (batch, bytes) = (new List<RecordedEvent>(), 0);
        try
        {
            await foreach (var one in behind ? log.ReadAllAsync(position, maxBatch, cancellationToken) : log.ReadAfterAsync(position, maxBatch, cancellationToken))
            {
                batch.Add(one);
                bytes += one.Data.Length;
                if (bytes >= MaxBatchBytes)
                    break;
            }
        }
        catch (Exception e) when (Outage.Is(e))
        {
            Away(e, position);
            await Task.Delay(RetryPause, cancellationToken);
        }
        return (batch, bytes >= MaxBatchBytes);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "A subscription at position {Position} cannot read the log; it goes on when the store is back")]
    private partial void Away(Exception exception, long position);
}

using Integritet.Platform.EventStore;

namespace Integritet.Gateway.Access;

/// <summary>Once a minute, records how many calls were turned away by the limits: one event, however many there were.</summary>
public sealed partial class TurnedAwayReports(CallLimits limits, AccessRecorder recorder, TimeProvider time, ILogger<TurnedAwayReports> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var from = time.GetUtcNow();
        while (!stoppingToken.IsCancellationRequested)
        {
            await Task.Delay(Interval, TimeProvider.System, stoppingToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var to = time.GetUtcNow();
            if (await ReportAsync(from, to))
                from = to;
        }
    }

    /// <summary>Whether the period is reported; if not, its counts go into the next.</summary>
    public async Task<bool> ReportAsync(DateTimeOffset from, DateTimeOffset to)
    {
        var calls = limits.TakeTurnedAway();
        if (calls.Count == 0)
            return true;
        try
        {
            await recorder.RecordAsync(new ApiCallsTurnedAway(from, to, calls));
            return true;
        }
        catch (EventStoreUnavailableException e)
        {
            limits.PutBack(calls);
            NotReported(e);
            return false;
        }
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Calls that were turned away are not reported yet")]
    private partial void NotReported(Exception exception);
}

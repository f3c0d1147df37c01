using System.Diagnostics;
using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Gateway.Access;

/// <summary>
/// Keeps this replica's directory of keys and controllers no older than a second, so that a revocation anywhere binds here within one. When the store cannot be read, callers wait for it
/// and are refused in the end: an old directory is not trusted.
/// </summary>
public sealed partial class AccessFollower(AccessLog log, ILogger<AccessFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan MaxAge = TimeSpan.FromMilliseconds(900);
    private static readonly TimeSpan MaxWait = TimeSpan.FromSeconds(5);

    private readonly SemaphoreSlim _wake = new(0, 1);
    private volatile AccessDirectory _current = AccessDirectory.Empty;
    private volatile TaskCompletionSource _round = NewRound();
    private long _readAt;

    /// <summary>The directory, known to have been right within the last second. Throws <see cref="EventStoreUnavailableException"/> when it cannot be had.</summary>
    public ValueTask<AccessDirectory> FreshAsync() => IsFresh ? new(_current) : new(WaitAsync(() => IsFresh));

    /// <summary>The directory once it shows what the caller has just appended, so that an answer's effect is there when it is given.</summary>
    public async Task<AccessDirectory> ShowingAsync(Func<AccessDirectory, bool> effect)
    {
        Wake();
        return await WaitAsync(() => effect(_current));
    }

    /// <summary>Whether the directory has been read at all, and lately.</summary>
    public bool IsFresh => Volatile.Read(ref _readAt) is var at and not 0 && Stopwatch.GetElapsedTime(at) < MaxAge;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await RoundAsync(stoppingToken);
            await ((Task)_wake.WaitAsync(Interval, stoppingToken)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task RoundAsync(CancellationToken cancellationToken)
    {
        var startedAt = Stopwatch.GetTimestamp();
        try
        {
            while (await log.ReadAsync(_current.Position, cancellationToken) is { Count: > 0 } events)
                _current = _current.After(events);
            Volatile.Write(ref _readAt, startedAt);
            Interlocked.Exchange(ref _round, NewRound()).SetResult();
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException || (e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            if (!cancellationToken.IsCancellationRequested)
                Unreadable(e);
        }
    }

    private async Task<AccessDirectory> WaitAsync(Func<bool> reached)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            // Taken before the look, so that a round that ends in between is not missed.
            var round = _round.Task;
            if (reached())
                return _current;
            try
            {
                await round.WaitAsync(MaxWait - Stopwatch.GetElapsedTime(since) is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero);
            }
            catch (TimeoutException e)
            {
                throw new EventStoreUnavailableException("Keys and controllers cannot be read.", e);
            }
        }
    }

    private void Wake()
    {
        try
        {
            _wake.Release();
        }
        catch (SemaphoreFullException)
        {
            // It is awake already.
        }
    }

    public override void Dispose()
    {
        _wake.Dispose();
        base.Dispose();
        GC.SuppressFinalize(this);
    }

    private static TaskCompletionSource NewRound() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Keys and controllers cannot be read; calls wait, and are refused after a while")]
    private partial void Unreadable(Exception exception);
}

using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>
/// The writer: appends that arrive while a transaction is under way join the next one. One batch at a time, on one connection, each append answered on its own
/// after the commit.
/// </summary>
internal sealed partial class GroupCommit : IAsyncDisposable
{
    /// <summary>A batch should take about this long: it grows while it is faster and shrinks when it is slower.</summary>
    private static readonly TimeSpan BatchTime = TimeSpan.FromMilliseconds(50);

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(500);

    private readonly EventStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly Action<long> _onCommitted;
    private readonly NpgsqlDataSource _dataSource;
    private readonly AppendQueue _queue;
    private readonly Timer _sweeper;
    private AppendConnection? _connection;
    private PendingAppend[] _underWay = [];
    private readonly InsertEvents? _insert;
    private readonly int _maxAppends;
    private int _allowedAppends;

    /// <summary>A writer; <paramref name="insert"/> replaces the default way to insert events, <paramref name="maxAppends"/> the configured most of them per transaction.</summary>
    public GroupCommit(EventStoreOptions options, TimeProvider time, ILogger logger, Action<long> onCommitted, InsertEvents? insert = null, int? maxAppends = null)
    {
        (_options, _time, _logger, _onCommitted, _insert) = (options, time, logger, onCommitted, insert);
        _dataSource = AppendConnection.DataSource(options);
        _queue = new AppendQueue(options);
        _maxAppends = _allowedAppends = maxAppends ?? options.MaxBatchAppends;
        EventStoreTelemetry.Observe(_queue);
        _sweeper = new Timer(_ => Expire(), state: null, SweepPeriod, SweepPeriod);
    }

    /// <summary>Appends; returns after commit. A caller that gives up is let go only while its append still waits.</summary>
    public async Task<AppendResult> AppendAsync(Append append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var pending = new PendingAppend(append, TimeSpan.FromMilliseconds(_options.AppendTimeoutMs));
        switch (_queue.Add(pending))
        {
            case AppendQueue.Added.Refused:
                throw new EventStoreUnavailableException("Too many appends wait, or the store is stopping; nothing was stored.");
            case AppendQueue.Added.Leads:
                // Begun where the caller stands, which saves a change of thread; what follows it is nobody's request.
                using (ExecutionContext.SuppressFlow())
                    _ = LeadAsync();
                break;
        }
        await using (cancellationToken.UnsafeRegister((state, token) => ((PendingAppend)state!).Withdraw(token), pending))
            return await pending.Answer;
    }

    /// <summary>Takes no more appends, commits those that wait, and closes the connection.</summary>
    public async ValueTask DisposeAsync()
    {
        await _queue.CloseAsync();
        await _sweeper.DisposeAsync();
        if (_connection is not null)
            await _connection.DisposeAsync();
        await _dataSource.DisposeAsync();
    }

    private async Task LeadAsync()
    {
        do
            await CommitNextAsync();
        while (!_queue.TryEndLead());
    }

    private async Task CommitNextAsync()
    {
        _underWay = _queue.Take(_allowedAppends);
        try
        {
            await CommitAsync(_underWay);
        }
        catch (Exception e)
        {
            // A fault of ours. Its callers hear of it; the writer goes on with a new connection.
            Failed(e);
            await DropConnectionAsync();
            foreach (var append in _underWay)
                append.Fail(e);
        }
    }

    /// <summary>Commits a batch, however often the server goes away meanwhile, until its appends' time is up.</summary>
    private async Task CommitAsync(IReadOnlyList<PendingAppend> batch)
    {
        while (Waiting(batch) is { Length: > 0 } appends)
        {
            switch (await AttemptAsync(appends))
            {
                case Attempt.Answered:
                    return;
                case Attempt.Poisoned when appends.Length > 1:
                    foreach (var append in appends)
                        await CommitAsync([append]);
                    return;
                case Attempt.Poisoned:
                    return;
                default:
                    await Task.Delay(RetryPause);
                    break;
            }
        }
    }

    private async Task<Attempt> AttemptAsync(PendingAppend[] appends)
    {
        using var activity = EventStoreTelemetry.StartBatch(appends.Length);
        var started = Stopwatch.GetTimestamp();
        AppendDecision[] decisions = [];
        try
        {
            _connection ??= await AppendConnection.OpenAsync(_dataSource, _insert);
            var facts = await _connection.BeginAsync(Array.ConvertAll(appends, a => a.Append), _time.GetUtcNow().UtcDateTime);
            appends = Waiting(appends); // the lock may have come after a caller was told that its time was up
            var requests = Array.ConvertAll(appends, a => a.Append);
            // The stamp is taken under the lock: whoever has seen the log up to a moment without writers has seen every stamp up to that moment.
            decisions = BatchDecision.Decide(requests, facts, _time.GetUtcNow().UtcDateTime);
            await _connection.CommitAsync(decisions, facts);
            Adapt(appends.Length, Stopwatch.GetElapsedTime(started));
            Answer(appends, decisions);
            return Attempt.Answered;
        }
        catch (PostgresException e) when (!EndsSession(e))
        {
            return await RolledBackAsync(appends, e);
        }
        catch (Exception e)
        {
            var attempt = await LostAsync(appends, decisions, e);
            return attempt == Attempt.Failed && !Outage.Is(e) ? Poisoned(appends, e) : attempt;
        }
    }

    /// <summary>The server refused a statement: nothing was stored. Either it will do it later, or never.</summary>
    private async Task<Attempt> RolledBackAsync(PendingAppend[] appends, PostgresException e)
    {
        Refused(e.SqlState, appends.Length);
        try
        {
            await _connection!.RollbackAsync();
        }
        catch (NpgsqlException lost)
        {
            Lost(lost, commitSent: false);
        }
        // Npgsql 10 can lose count of the answers after a batch failed while one of its statements was being prepared: such a connection is not used again.
        await DropConnectionAsync();
        return Outage.Is(e) ? Attempt.Failed : Poisoned(appends, e);
    }

    private static Attempt Poisoned(PendingAppend[] appends, Exception e)
    {
        if (appends.Length == 1)
            appends[0].Fail(new EventStoreRejectedException("The database refuses this append; nothing of it was stored.", e));
        return Attempt.Poisoned;
    }

    /// <summary>The connection is gone. If COMMIT was on its way, the log tells whether it arrived.</summary>
    private async Task<Attempt> LostAsync(PendingAppend[] appends, AppendDecision[] decisions, Exception e)
    {
        var commitSent = _connection?.CommitSent == true;
        Lost(e, commitSent);
        await DropConnectionAsync();
        if (!commitSent)
            return Attempt.Failed;

        var rows = new EventRows(decisions);
        while (rows.Count > 0 && Waiting(appends).Length > 0)
        {
            try
            {
                _connection ??= await AppendConnection.OpenAsync(_dataSource, _insert);
                if (!await _connection.WasCommittedAsync(rows))
                    return Attempt.Failed;
                Answer(appends, decisions);
                return Attempt.Answered;
            }
            catch (NpgsqlException again)
            {
                Lost(again, commitSent);
                await DropConnectionAsync();
                await Task.Delay(RetryPause);
            }
        }
        return Attempt.Failed;
    }

    private void Answer(PendingAppend[] appends, AppendDecision[] decisions)
    {
        var last = 0L;
        for (var i = 0; i < appends.Length; i++)
        {
            appends[i].Complete(decisions[i].Result);
            if (decisions[i].Result is AppendResult.Appended { Position: > 0 } appended)
                last = appended.Position;
        }
        EventStoreTelemetry.Answered(appends);
        if (last > 0)
            _onCommitted(last);
    }

    /// <summary>Those of a batch whose callers still wait.</summary>
    private static PendingAppend[] Waiting(IReadOnlyList<PendingAppend> batch)
    {
        foreach (var append in batch)
        {
            if (append.Deadline <= Stopwatch.GetTimestamp())
                append.Fail(OutcomeUnknown());
        }
        return [.. batch.Where(append => !append.IsAnswered)];
    }

    /// <summary>Lets go the callers whose time is up while the writer hangs on a server that does not answer.</summary>
    private void Expire()
    {
        _queue.Expire();
        _ = Waiting(_underWay);
    }

    /// <summary>Keeps a batch near <see cref="BatchTime"/>, so that nobody waits long for the one under way.</summary>
    private void Adapt(int appends, TimeSpan took)
    {
        if (took > BatchTime)
            _allowedAppends = Math.Max(1, Math.Min(_allowedAppends, appends) / 2);
        else if (took < BatchTime / 2)
            _allowedAppends = Math.Min(_maxAppends, _allowedAppends * 2);
    }

    private async Task DropConnectionAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    /// <summary>Whether an error ends the session, as when an administrator shuts the server down: it may come after a COMMIT was carried out.</summary>
    private static bool EndsSession(PostgresException e) => e.InvariantSeverity is "FATAL" or "PANIC";

    private static EventStoreUnavailableException OutcomeUnknown() => new("The event store did not answer in time; whether the append was stored is unknown.");

    private enum Attempt
    {
        /// <summary>Every caller has its answer.</summary>
        Answered,

        /// <summary>Something in the batch can never be stored; nothing was.</summary>
        Poisoned,

        /// <summary>Nothing was stored, or nobody waits any more; to be tried again while anybody does.</summary>
        Failed,
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "The connection to the event store was lost (COMMIT sent: {CommitSent})")]
    private partial void Lost(Exception exception, bool commitSent);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The event store refused a batch of {Appends} appends with {SqlState}")]
    private partial void Refused(string sqlState, int appends);

    [LoggerMessage(Level = LogLevel.Error, Message = "The event store's writer failed")]
    private partial void Failed(Exception exception);
}

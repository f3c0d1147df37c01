using System.Diagnostics;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>Appends that wait for the next transaction. Bounded; interactive ones go first, bulk ones in small portions so that nobody waits long behind them.</summary>
internal sealed class AppendQueue(EventStoreOptions options) : IDisposable
{
    /// <summary>A bulk append that waited this long goes along with the next batch, however busy the interactive callers are.</summary>
    private static readonly long BulkPatienceTicks = Stopwatch.Frequency / 4;

    private readonly Lock _lock = new();
    private readonly Queue<PendingAppend> _interactive = new();
    private readonly Queue<PendingAppend> _bulk = new();
    private readonly SemaphoreSlim _work = new(0);
    private bool _idle;
    private bool _closed;

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _interactive.Count + _bulk.Count;
        }
    }

    /// <summary>False when as many wait as may, or the store is stopping.</summary>
    public bool TryAdd(PendingAppend append)
    {
        var wake = false;
        lock (_lock)
        {
            if (_closed || _interactive.Count + _bulk.Count >= options.MaxQueuedAppends)
                return false;
            (append.Append.Priority == AppendPriority.Bulk ? _bulk : _interactive).Enqueue(append);
            (wake, _idle) = (_idle, false);
        }
        if (wake)
            _work.Release();
        return true;
    }

    /// <summary>Lets go those whose time is up. They were not taken, so nothing of them is stored.</summary>
    public void Expire()
    {
        var now = Stopwatch.GetTimestamp();
        lock (_lock)
        {
            foreach (var append in _interactive.Concat(_bulk))
            {
                if (append.Deadline <= now && append.TryTake())
                    append.Fail(new EventStoreUnavailableException("The event store did not get to this append in time; nothing was stored."));
            }
        }
    }

    /// <summary>No more come in; what is there is still taken.</summary>
    public void Close()
    {
        var wake = false;
        lock (_lock)
        {
            _closed = true;
            (wake, _idle) = (_idle, false);
        }
        if (wake)
            _work.Release();
    }

    /// <summary>Waits until there is something to take. False when closed and empty.</summary>
    public async ValueTask<bool> WaitAsync()
    {
        while (true)
        {
            lock (_lock)
            {
                if (_interactive.Count + _bulk.Count > 0)
                    return true;
                if (_closed)
                    return false;
                _idle = true;
            }
            await _work.WaitAsync();
        }
    }

    /// <summary>Takes the next batch: at least one append, no more than the caps allow.</summary>
    public void Take(List<PendingAppend> batch, int maxAppends)
    {
        lock (_lock)
        {
            var room = new Room(maxAppends, options.MaxBatchEvents, options.MaxBatchBytes);
            Move(_interactive, batch, ref room);
            var bulkWaitsLong = _bulk.TryPeek(out var oldest) && Stopwatch.GetTimestamp() - oldest.EnqueuedAt > BulkPatienceTicks;
            if (batch.Count > 0 && !bulkWaitsLong)
                return;
            var bulkRoom = new Room(Math.Max(1, maxAppends / 8), Math.Max(1, options.MaxBatchEvents / 8), Math.Max(1, options.MaxBatchBytes / 8));
            Move(_bulk, batch, ref bulkRoom);
        }
    }

    public void Dispose() => _work.Dispose();

    private static void Move(Queue<PendingAppend> from, List<PendingAppend> batch, ref Room room)
    {
        while (from.TryPeek(out var next) && room.Admits(next))
        {
            from.Dequeue();
            if (next.TryTake())
                batch.Add(next);
            else
                room.GiveBack(next);
        }
    }

    /// <summary>What still fits into a batch. The first append always does: one larger than the caps goes alone.</summary>
    private struct Room(int appends, int events, int bytes)
    {
        private int _appends = appends, _events = events, _bytes = bytes;
        private bool _used;

        public bool Admits(PendingAppend next)
        {
            if (_used && (_appends < 1 || _events < next.Append.Events.Count || _bytes < next.Bytes))
                return false;
            _used = true;
            _appends--;
            _events -= next.Append.Events.Count;
            _bytes -= next.Bytes;
            return true;
        }

        public void GiveBack(PendingAppend withdrawn)
        {
            _appends++;
            _events += withdrawn.Append.Events.Count;
            _bytes += withdrawn.Bytes;
        }
    }
}

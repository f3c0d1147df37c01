using System.Diagnostics;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>
/// Appends that wait for the next transaction. Bounded; interactive ones go first, bulk ones in small portions so that nobody waits long behind them.
/// At any time at most one caller leads: whoever adds to an idle queue has to take batches until none is left.
/// </summary>
internal sealed class AppendQueue(EventStoreOptions options)
{
    /// <summary>A bulk append that waited this long goes along with the next batch, however busy the interactive callers are.</summary>
    private static readonly long BulkPatienceTicks = Stopwatch.Frequency / 4;

    private readonly Lock _lock = new();
    private readonly Queue<PendingAppend> _interactive = new();
    private readonly Queue<PendingAppend> _bulk = new();
    private readonly TaskCompletionSource _drained = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<PendingAppend> _batch = [];
    private bool _led;
    private bool _closed;

    /// <summary>What became of an attempt to add.</summary>
    public enum Added
    {
        /// <summary>As many wait as may, or the store is stopping.</summary>
        Refused,

        /// <summary>Somebody takes batches already.</summary>
        Follows,

        /// <summary>The caller takes batches from now on.</summary>
        Leads,
    }

    /// <summary>How many wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _interactive.Count + _bulk.Count;
        }
    }

    public Added Add(PendingAppend append)
    {
        lock (_lock)
        {
            if (_closed || _interactive.Count + _bulk.Count >= options.MaxQueuedAppends)
                return Added.Refused;
            (append.Append.Priority == AppendPriority.Bulk ? _bulk : _interactive).Enqueue(append);
            if (_led)
                return Added.Follows;
            _led = true;
            return Added.Leads;
        }
    }

    /// <summary>Takes the next batch, no more than the caps allow; empty when all that waited were withdrawn.</summary>
    public PendingAppend[] Take(int maxAppends)
    {
        lock (_lock)
        {
            _batch.Clear();
            Fill(_batch, maxAppends);
            return [.. _batch];
        }
    }

    /// <summary>Ends the lead unless something waits.</summary>
    public bool TryEndLead()
    {
        lock (_lock)
        {
            if (_interactive.Count + _bulk.Count > 0)
                return false;
            _led = false;
            if (_closed)
                _drained.TrySetResult();
            return true;
        }
    }

    /// <summary>No more come in. Completes when what was there has been taken and dealt with.</summary>
    public Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            if (!_led)
                _drained.TrySetResult();
        }
        return _drained.Task;
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

    private void Fill(List<PendingAppend> batch, int maxAppends)
    {
        var room = new Room(maxAppends, options.MaxBatchEvents, options.MaxBatchBytes);
        Move(_interactive, batch, ref room);
        var bulkWaitsLong = _bulk.TryPeek(out var oldest) && Stopwatch.GetTimestamp() - oldest.EnqueuedAt > BulkPatienceTicks;
        if (batch.Count > 0 && !bulkWaitsLong)
            return;
        var bulkRoom = new Room(Math.Max(1, maxAppends / 8), Math.Max(1, options.MaxBatchEvents / 8), Math.Max(1, options.MaxBatchBytes / 8));
        Move(_bulk, batch, ref bulkRoom);
    }

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

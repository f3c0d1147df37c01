using System.Diagnostics;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>An append on its way: its caller waits for <see cref="Answer"/>.</summary>
internal sealed class PendingAppend
{
    private const int Queued = 0, Taken = 1, Withdrawn = 2;

    private readonly TaskCompletionSource<AppendResult> _answer = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _state = Queued;

    public PendingAppend(Append append, TimeSpan timeout)
    {
        Append = append;
        EnqueuedAt = Stopwatch.GetTimestamp();
        Deadline = EnqueuedAt + (long)(timeout.TotalSeconds * Stopwatch.Frequency);
        foreach (var one in append.Events)
            Bytes += one.Data.Length;
    }

    public Append Append { get; }

    /// <summary>Bytes of event data.</summary>
    public int Bytes { get; }

    /// <summary>In <see cref="Stopwatch"/> ticks.</summary>
    public long EnqueuedAt { get; }

    /// <summary>After it the caller is told that the outcome is unknown. In <see cref="Stopwatch"/> ticks.</summary>
    public long Deadline { get; }

    public Task<AppendResult> Answer => _answer.Task;

    public bool IsAnswered => _answer.Task.IsCompleted;

    /// <summary>The writer takes it; false when its caller has gone.</summary>
    public bool TryTake() => Interlocked.CompareExchange(ref _state, Taken, Queued) == Queued;

    /// <summary>The caller goes; only what has not been taken can be withdrawn, since the rest may already be stored.</summary>
    public void Withdraw(CancellationToken cancellationToken)
    {
        if (Interlocked.CompareExchange(ref _state, Withdrawn, Queued) == Queued)
            _answer.TrySetCanceled(cancellationToken);
    }

    public void Complete(AppendResult result) => _answer.TrySetResult(result);

    public void Fail(Exception exception) => _answer.TrySetException(exception);
}

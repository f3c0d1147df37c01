namespace Integritet.Platform.EventStore.Reading;

/// <summary>Wakes readers that have seen everything when something new is committed, by this process or another.</summary>
internal sealed class CommitSignal
{
    private readonly Lock _lock = new();
    private TaskCompletionSource _next = Fresh();
    private long _position;

    /// <summary>Something was committed up to here.</summary>
    public void Advance(long position)
    {
        TaskCompletionSource reached;
        lock (_lock)
        {
            if (position <= _position)
                return;
            _position = position;
            (reached, _next) = (_next, Fresh());
        }
        reached.SetResult();
    }

    /// <summary>Returns when something after <paramref name="position"/> was committed, or at the latest after <paramref name="atMost"/>.</summary>
    public async Task WaitAboveAsync(long position, TimeSpan atMost, CancellationToken cancellationToken)
    {
        Task next;
        lock (_lock)
        {
            if (_position > position)
                return;
            next = _next.Task;
        }
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(atMost);
        await next.WaitAsync(timeout.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    private static TaskCompletionSource Fresh() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

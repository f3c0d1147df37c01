namespace Integritet.Platform.Messaging;

/// <summary>What one forwarder of this replica is doing; read by health and metrics, written by the forwarder and the lag watch.</summary>
internal sealed class ForwarderState(string name)
{
    private volatile Snapshot _now = new(Doing.Starting, "", Events: 0, TimeSpan.Zero, LagAt: null);

    public enum Doing
    {
        Starting,
        Following,
        Leading,
        Failing,
        Ended,
    }

    public string Name { get; } = name;

    public Snapshot Now => _now;

    public void Is(Doing doing, string because = "") => Change(s => s with { Doing = doing, Because = because });

    public void Lags(long events, TimeSpan time, DateTimeOffset at) => Change(s => s with { Events = events, Time = time, LagAt = at });

    private void Change(Func<Snapshot, Snapshot> change)
    {
        Snapshot before;
        do before = _now;
#pragma warning disable CS0420 // A reference to a volatile field is what CompareExchange is for.
        while (Interlocked.CompareExchange(ref _now, change(before), before) != before);
#pragma warning restore CS0420
    }

    /// <param name="Doing">What it does.</param>
    /// <param name="Because">The kind of failure, if it fails.</param>
    /// <param name="Events">Events recorded and not yet published.</param>
    /// <param name="Time">Age of the oldest of them.</param>
    /// <param name="LagAt">When events and time were measured.</param>
    public sealed record Snapshot(Doing Doing, string Because, long Events, TimeSpan Time, DateTimeOffset? LagAt);
}

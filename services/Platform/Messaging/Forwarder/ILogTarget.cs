using Integritet.Platform.EventStore;

namespace Integritet.Platform.Messaging;

/// <summary>Where a service's log is forwarded to: the audit feed, or the contracts. Used by one leader's session at a time; whatever it throws ends that session.</summary>
internal interface ILogTarget
{
    /// <summary>Name for people, health and metrics.</summary>
    string Name { get; }

    /// <summary>Second key of its leader's advisory lock.</summary>
    int LeaderLock { get; }

    /// <summary>Connects and declares what it publishes to.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>
    /// Publishes a batch that follows <paramref name="previous"/>; ends when the broker has confirmed all of it. The next batch may be given before that, and follows this one on the wire where
    /// order matters.
    /// </summary>
    Task PublishAsync(IReadOnlyList<RecordedEvent> batch, long previous, CancellationToken cancellationToken);

    /// <summary>Says that all up to a position has been published. Called while a batch may be under way.</summary>
    Task HeartbeatAsync(long position, CancellationToken cancellationToken);

    /// <summary>Lets go of the broker.</summary>
    ValueTask CloseAsync();
}

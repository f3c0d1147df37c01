namespace Integritet.Platform.EventStore;

/// <summary>
/// The port of one service's event store, on Marten 9's tables. Order of position is order of commit, so a reader that goes on after the last position it saw
/// never skips an event. Implementations: <c>Postgres</c> (default) and <c>Marten</c>; one contract suite runs against both.
/// </summary>
public interface IEventStore
{
    /// <summary>
    /// Appends events to one stream, with read-model rows and idempotency record, in one transaction. Returns after commit.
    /// Throws <see cref="EventStoreUnavailableException"/> when the outcome could not be had (nothing is then known to be stored).
    /// </summary>
    Task<AppendResult> AppendAsync(Append append, CancellationToken cancellationToken = default);

    /// <summary>Events of one stream with version &gt; <paramref name="afterVersion"/> and position ≤ <paramref name="upToPosition"/>, in order. Empty when there is no such stream for this tenant.</summary>
    Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(string tenant, string stream, long afterVersion = 0, long upToPosition = long.MaxValue, CancellationToken cancellationToken = default);

    /// <summary>Every tenant's events after a position, in order, at most <paramref name="limit"/> of them, streamed with bounded memory.</summary>
    IAsyncEnumerable<RecordedEvent> ReadAllAsync(long afterPosition, int limit, CancellationToken cancellationToken = default);

    /// <summary>The last committed position (0 when empty).</summary>
    Task<long> HeadAsync(CancellationToken cancellationToken = default);

    /// <summary>The last position whose commit stamp is at or before an instant (0 if none): what this service knew then.</summary>
    Task<long> PositionAtAsync(DateTimeOffset instant, CancellationToken cancellationToken = default);

    /// <summary>The first answer recorded for an idempotency scope, or null. Records older than 48 h are not returned.</summary>
    Task<IdempotencyRecord?> FindIdempotencyAsync(IdempotencyScope scope, CancellationToken cancellationToken = default);

    /// <summary>
    /// Every event after <paramref name="afterPosition"/> in order, then new ones as they are committed (notification, with polling as the safety net), in batches of at most
    /// <paramref name="maxBatch"/>. Never ends until cancelled; survives loss of the connection.
    /// </summary>
    IAsyncEnumerable<IReadOnlyList<RecordedEvent>> SubscribeAsync(long afterPosition, int maxBatch, CancellationToken cancellationToken = default);
}

/// <summary>Named positions (<c>mt_event_progression</c>) that move by compare-and-set: of two leaders only one can move one.</summary>
public interface ICheckpoints
{
    /// <summary>The position, 0 when the name is new.</summary>
    Task<long> GetAsync(string name, CancellationToken cancellationToken = default);

    /// <summary>Moves the checkpoint if it still stands at <paramref name="from"/>; false if somebody else moved it.</summary>
    Task<bool> TryMoveAsync(string name, long from, long to, CancellationToken cancellationToken = default);
}

namespace Integritet.Platform.EventStore;

/// <summary>What one caller wants appended to one stream. All of it is stored, or none.</summary>
/// <param name="Tenant">The controller the stream belongs to.</param>
/// <param name="Stream">Stream id, unique within the tenant.</param>
/// <param name="Expected">The version the decision was made on (before the append).</param>
/// <param name="Events">The events, in order. With none, the stream's version does not move; idempotency and consumption are still recorded.</param>
/// <param name="Metadata">Who, why and in which conversation.</param>
public sealed record Append(string Tenant, string Stream, ExpectedVersion Expected, IReadOnlyList<EventToAppend> Events, EventMetadata Metadata)
{
    /// <summary>The aggregate's name, stored as the stream's type; null leaves it empty.</summary>
    public string? StreamType { get; init; }

    /// <summary>Recorded in the same transaction; a second append with the same scope gets <see cref="AppendResult.Repeated"/>.</summary>
    public IdempotencyRecord? Idempotency { get; init; }

    /// <summary>Recorded in the same transaction; a message consumed before gets <see cref="AppendResult.AlreadyConsumed"/> and nothing is stored.</summary>
    public ConsumedMessage? Consumed { get; init; }

    /// <summary>Bulk appends yield to interactive ones between batches.</summary>
    public AppendPriority Priority { get; init; }
}

/// <summary>Who waits for an append.</summary>
public enum AppendPriority
{
    /// <summary>A person or a system waits for the answer.</summary>
    Interactive,

    /// <summary>Imports, runs, re-planning: yields to interactive appends.</summary>
    Bulk,
}

/// <summary>One event as it is written: pinned name, and UTF-8 JSON in which personal members are already ciphertext.</summary>
/// <param name="Id">UUIDv7.</param>
/// <param name="Type">The pinned event name.</param>
/// <param name="DotNetType">"Namespace.Type, Assembly", as Marten's <c>mt_dotnet_type</c>.</param>
/// <param name="Data">UTF-8 JSON object.</param>
public sealed record EventToAppend(Guid Id, string Type, string DotNetType, ReadOnlyMemory<byte> Data)
{
    /// <summary>Pseudonyms of the data subjects this one event concerns; null: those of the append's <see cref="EventMetadata.Subjects"/>.</summary>
    public IReadOnlyList<string>? Subjects { get; init; }
}

/// <summary>An event that tells itself whom it concerns: for appends whose events are about different people.</summary>
public interface IConcernsSubjects
{
    /// <summary>Pseudonyms of the data subjects; not part of the stored JSON (mark it <c>[JsonIgnore]</c>).</summary>
    IReadOnlyList<string> Subjects { get; }
}

/// <summary>What is known of an event beside its data. Goes to Marten's metadata columns.</summary>
/// <param name="CorrelationId">The conversation: the gateway's correlation id.</param>
/// <param name="CausationId">What caused it: message id or request id.</param>
/// <param name="Actor">The principal (API key id, service name or subject pseudonym), stored as <c>user_name</c>.</param>
public sealed record EventMetadata(string CorrelationId, string CausationId, string Actor)
{
    /// <summary>Pseudonyms of the data subjects concerned; header <c>subjects</c>. The audit timeline is searched by them.</summary>
    public IReadOnlyList<string> Subjects { get; init; } = [];

    /// <summary>W3C <c>traceparent</c> of the request; header <c>traceparent</c>.</summary>
    public string? TraceParent { get; init; }
}

/// <summary>The version a stream must have before an append.</summary>
public readonly record struct ExpectedVersion
{
    private readonly long _value;
    private ExpectedVersion(long value) => _value = value;

    /// <summary>No check: the events go to the end of whatever is there.</summary>
    public static ExpectedVersion Any { get; } = new(-1);

    /// <summary>The stream must not exist yet.</summary>
    public static ExpectedVersion NoStream { get; } = new(0);

    /// <summary>The stream must stand at exactly this version (0: must not exist).</summary>
    public static ExpectedVersion Exactly(long version)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(version);
        return new(version);
    }

    /// <summary>Whether an append may go to a stream that stands at <paramref name="actual"/>.</summary>
    public bool Allows(long actual) => _value < 0 || _value == actual;

    /// <summary>The version, or null for <see cref="Any"/>.</summary>
    public long? Value => _value < 0 ? null : _value;
}

/// <summary>What became of an append. Expected refusals are values, not exceptions.</summary>
public abstract record AppendResult
{
    private AppendResult() { }

    /// <summary>Committed.</summary>
    /// <param name="Version">The stream's version after it.</param>
    /// <param name="Position">Position of the last event (0 if there was none).</param>
    /// <param name="CommittedAt">The commit stamp.</param>
    public sealed record Appended(long Version, long Position, DateTimeOffset CommittedAt) : AppendResult;

    /// <summary>The stream stood elsewhere; nothing was stored and no number was used up.</summary>
    public sealed record VersionConflict(long ActualVersion) : AppendResult;

    /// <summary>The idempotency scope was used before; nothing was stored. Compare <see cref="IdempotencyRecord.RequestHash"/> to tell a repeat from a reused key.</summary>
    public sealed record Repeated(IdempotencyRecord First) : AppendResult;

    /// <summary>This consumer has had this message; nothing was stored.</summary>
    public sealed record AlreadyConsumed : AppendResult;
}

/// <summary>Where an Idempotency-Key is unique (draft-ietf-httpapi-idempotency-key-header-07).</summary>
public sealed record IdempotencyScope(string Tenant, string Principal, string Route, string Key);

/// <summary>The outcome kept for a key for 48 h: never a body.</summary>
/// <param name="Scope">Tenant, principal, route and key.</param>
/// <param name="RequestHash">Keyed hash (HMAC-SHA256) of the request.</param>
/// <param name="Status">HTTP status of the first answer.</param>
/// <param name="ResourceId">What the answer was about: enough to build it again.</param>
public sealed record IdempotencyRecord(IdempotencyScope Scope, byte[] RequestHash, int Status, string ResourceId);

/// <summary>A message delivered to a consumer (at least once) whose effect must happen once.</summary>
public sealed record ConsumedMessage(Guid MessageId, string Consumer);

/// <summary>One event as it was read back.</summary>
/// <param name="Position">Place in the service's log (<c>seq_id</c>).</param>
/// <param name="Id">Event id.</param>
/// <param name="Tenant">Controller.</param>
/// <param name="Stream">Stream id.</param>
/// <param name="Version">Place in its stream, from 1.</param>
/// <param name="Type">Pinned event name.</param>
/// <param name="Data">UTF-8 JSON as PostgreSQL gives it back.</param>
/// <param name="Timestamp">Commit stamp: strictly increasing from append to append, the same for the events of one append.</param>
/// <param name="Metadata">Who, why, in which conversation, on whom.</param>
public sealed record RecordedEvent(
    long Position, Guid Id, string Tenant, string Stream, long Version, string Type, ReadOnlyMemory<byte> Data, DateTimeOffset Timestamp, EventMetadata Metadata);

/// <summary>The store could not be reached or did not answer in time. Endpoints answer 503 with Retry-After.</summary>
public sealed class EventStoreUnavailableException(string message, Exception? inner = null) : Exception(message, inner);

/// <summary>
/// The database refuses this append itself (malformed JSON, a value no column takes, a read model's constraint): a fault of the caller's that trying again does not mend.
/// Nothing of it was stored, and other appends were not touched by it.
/// </summary>
public sealed class EventStoreRejectedException(string message, Exception? inner = null) : Exception(message, inner);

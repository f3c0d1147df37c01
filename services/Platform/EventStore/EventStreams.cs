namespace Integritet.Platform.EventStore;

/// <summary>Turns events into UTF-8 JSON and back. PersonalData's implementation encrypts marked members on the way.</summary>
public interface IEventSerializer
{
    /// <summary>JSON of an event for its place; personal members come out as ciphertext bound to tenant, stream, event id and field.</summary>
    ValueTask<EventToAppend> SerializeAsync(string tenant, string stream, object @event, CancellationToken cancellationToken);

    /// <summary>The event behind a recorded one; a personal member whose key was destroyed comes back as null.</summary>
    ValueTask<object> DeserializeAsync(RecordedEvent recorded, CancellationToken cancellationToken);
}

/// <summary>A stream folded into its aggregate's state.</summary>
/// <param name="State">The state; the initial one for a stream that does not exist.</param>
/// <param name="Version">The version to append on (0: no such stream).</param>
public readonly record struct Loaded<TState>(TState State, long Version);

/// <summary>Streams as a use case sees them: typed events in, typed events out. Reads, folds and appends; decides nothing.</summary>
public sealed class EventStreams(IEventStore store, IEventSerializer serializer)
{
    /// <summary>Reads a stream and folds it with the aggregate's <c>Evolve</c>, as of a position where one is given.</summary>
    public async Task<Loaded<TState>> LoadAsync<TState>(
        string tenant, string stream, TState initial, Func<TState, object, TState> evolve, long upToPosition = long.MaxValue, CancellationToken cancellationToken = default)
    {
        var recorded = await store.ReadStreamAsync(tenant, stream, 0, upToPosition, cancellationToken);
        var state = initial;
        foreach (var one in recorded)
            state = evolve(state, await serializer.DeserializeAsync(one, cancellationToken));
        return new Loaded<TState>(state, recorded.Count == 0 ? 0 : recorded[^1].Version);
    }

    /// <summary>Appends typed events; options carries idempotency, consumption, priority and stream type.</summary>
    public async Task<AppendResult> AppendAsync(
        string tenant, string stream, ExpectedVersion expected, IReadOnlyList<object> events, EventMetadata metadata, AppendOptions? options = null, CancellationToken cancellationToken = default)
    {
        var serialized = new EventToAppend[events.Count];
        for (var i = 0; i < serialized.Length; i++)
        {
            serialized[i] = await serializer.SerializeAsync(tenant, stream, events[i], cancellationToken);
            if (events[i] is IConcernsSubjects own)
                serialized[i] = serialized[i] with { Subjects = own.Subjects };
        }
        options ??= AppendOptions.None;
        return await store.AppendAsync(
            new Append(tenant, stream, expected, serialized, metadata)
            {
                StreamType = options.StreamType, Idempotency = options.Idempotency, Consumed = options.Consumed, Priority = options.Priority,
            },
            cancellationToken);
    }
}

/// <summary>What goes with an append beside its events.</summary>
public sealed record AppendOptions
{
    /// <summary>Nothing beside the events.</summary>
    public static AppendOptions None { get; } = new();

    /// <inheritdoc cref="Append.StreamType"/>
    public string? StreamType { get; init; }

    /// <inheritdoc cref="Append.Idempotency"/>
    public IdempotencyRecord? Idempotency { get; init; }

    /// <inheritdoc cref="Append.Consumed"/>
    public ConsumedMessage? Consumed { get; init; }

    /// <inheritdoc cref="Append.Priority"/>
    public AppendPriority Priority { get; init; }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Contracts;

namespace Integritet.Platform.Messaging;

/// <summary>What travels on the feed exchange <c>integritet.events</c>.</summary>
/// <param name="Service">The publishing service.</param>
public abstract record FeedMessage(string Service);

/// <summary>The service's log stood at this position when it was sent, and all up to it had been published before. Closes a gap at the tail.</summary>
/// <param name="Service">The publishing service.</param>
/// <param name="Position">Its last forwarded position.</param>
public sealed record FeedHeartbeat(string Service, long Position) : FeedMessage(Service);

/// <summary>One recorded event of a service, as its forwarder read it back.</summary>
/// <param name="Service">The publishing service.</param>
/// <param name="Position">Place in that service's log.</param>
/// <param name="Previous">Place of the event before it in that log; 0 before the first. A consumer that stands elsewhere has a gap.</param>
/// <param name="Id">Event id.</param>
/// <param name="Controller">Controller (tenant); <c>installation</c> for the installation's own.</param>
/// <param name="Stream">Stream id.</param>
/// <param name="Version">Place in its stream, from 1.</param>
/// <param name="Type">Pinned event name.</param>
/// <param name="Timestamp">Commit stamp, microseconds, UTC.</param>
/// <param name="Actor">Principal.</param>
/// <param name="Correlation">Conversation.</param>
/// <param name="Causation">What caused it.</param>
/// <param name="Subjects">Pseudonyms of the data subjects concerned.</param>
/// <param name="Leaf">The ledger leaf: RFC 8785 bytes of service, position, previous, controller, stream, version, type, data, correlation, causation, actor, subjects and timestamp.</param>
/// <param name="Data">The event's data, a slice of <paramref name="Leaf"/>: canonical JSON, personal members still ciphertext.</param>
public sealed record FeedEvent(
    string Service, long Position, long Previous, Guid Id, string Controller, string Stream, long Version, string Type, DateTimeOffset Timestamp,
    string Actor, string Correlation, string Causation, IReadOnlyList<string> Subjects, ReadOnlyMemory<byte> Leaf, ReadOnlyMemory<byte> Data) : FeedMessage(Service)
{
    /// <summary>The message that its service tells of it, for an event that has the members of the message but for where they stand.</summary>
    public TMessage ToldAs<TMessage>()
        where TMessage : IStateMessage
    {
        var members = JsonNode.Parse(Data.Span)!.AsObject();
        members["controller"] = Controller;
        members["source"] = Service;
        members["sourceStream"] = Stream;
        members["sourceVersion"] = Version;
        members["sourcePosition"] = Position;
        return members.Deserialize<TMessage>(JsonSerializerOptions.Web)!;
    }
}

/// <summary>A gap in a service's feed which was found and filled from that service's own log.</summary>
/// <param name="Service">The service.</param>
/// <param name="After">The last position had before the gap.</param>
/// <param name="UpTo">The last position fetched.</param>
/// <param name="Events">How many events were fetched.</param>
/// <param name="FoundAt">When it was found.</param>
public sealed record FeedGap(string Service, long After, long UpTo, int Events, DateTimeOffset FoundAt);

/// <summary>Something on the feed's queue that no forwarder writes. It goes to the dead letters.</summary>
/// <param name="RoutingKey">As published; whoever sent it may have put anything there.</param>
/// <param name="Body">As published.</param>
public sealed record FeedMalformed(string RoutingKey, ReadOnlyMemory<byte> Body);

/// <summary>Who receives the feed: ordered per service, without gaps, without duplicates. One call at a time.</summary>
public interface IFeedHandler
{
    /// <summary>The last position of a service that is committed here; 0 for none. Asked at start and after a failure.</summary>
    Task<long> LastPositionAsync(string service, CancellationToken cancellationToken);

    /// <summary>
    /// Commits a batch, whose first event follows <see cref="LastPositionAsync"/> and whose events follow one another. Messages are acknowledged after it returns.
    /// When it throws, the last position is asked again and what is not committed comes again, after a back-off.
    /// </summary>
    Task HandleAsync(string service, IReadOnlyList<FeedEvent> batch, CancellationToken cancellationToken);

    /// <summary>Told once a gap has been filled (its events were handled before). Tried until it succeeds.</summary>
    Task GapFilledAsync(FeedGap gap, CancellationToken cancellationToken);

    /// <summary>Told of a message that cannot be read, before it goes to the dead letters; again if that is not known to have happened. Tried until it succeeds.</summary>
    Task MalformedAsync(FeedMalformed message, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Told of a service's heartbeats, at times, before the messages that came with them. A failure is logged and holds nothing up.</summary>
    Task HeardAsync(FeedHeartbeat heartbeat, CancellationToken cancellationToken) => Task.CompletedTask;
}

using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Audit.Feed;

/// <summary>What happens to the feeds, as Audit's own events.</summary>
public abstract record FeedHappening
{
    private FeedHappening() { }

    /// <summary>A part of a service's feed did not arrive and was fetched from that service's own log.</summary>
    /// <param name="After">The last position that had arrived.</param>
    /// <param name="UpTo">The last position fetched.</param>
    /// <param name="Events">How many events lay between.</param>
    [StoredEvent(PinnedName)]
    public sealed record GapFilled(string Service, long After, long UpTo, int Events, DateTimeOffset FoundAt) : FeedHappening
    {
        public const string PinnedName = "feed-gap-filled.v1";
    }

    /// <summary>Something was on the feed that no service writes. It is among the dead letters; nothing of its content is here.</summary>
    /// <param name="RoutingKey">What it was sent as; empty where that is no routing key of ours.</param>
    /// <param name="Sha256">Lower-case hex SHA-256 of its body.</param>
    [StoredEvent("feed-message-malformed.v1")]
    public sealed record MessageMalformed(string RoutingKey, string Sha256, int Bytes) : FeedHappening;
}

/// <summary>What Audit knows of one service's feed: one stream per service, of the installation.</summary>
/// <param name="FilledUpTo">Where the last gap that was filled ended.</param>
/// <param name="Malformed">How many messages could not be read.</param>
public sealed record FeedState(long FilledUpTo, int Malformed)
{
    /// <summary>The installation's own log, as a tenant.</summary>
    public const string Tenant = "installation";

    public static Aggregate<FeedState> Aggregate { get; } = new("feed", new FeedState(0, 0), Evolve);

    private static FeedState Evolve(FeedState state, object @event) => @event switch
    {
        FeedHappening.GapFilled filled => state with { FilledUpTo = Math.Max(state.FilledUpTo, filled.UpTo) },
        FeedHappening.MessageMalformed => state with { Malformed = state.Malformed + 1 },
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of a feed."),
    };
}

using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Audit.Feed;

/// <summary>A part of a service's feed did not arrive and was fetched from that service's own log.</summary>
/// <param name="After">The last position that had arrived.</param>
/// <param name="UpTo">The last position fetched.</param>
/// <param name="Events">How many events lay between.</param>
[StoredEvent(PinnedName)]
public sealed record FeedGapFilled(string Service, long After, long UpTo, int Events, DateTimeOffset FoundAt)
{
    public const string PinnedName = "feed-gap-filled.v1";
}

/// <summary>What Audit knows of one service's feed: one stream per service, of the installation.</summary>
/// <param name="FilledUpTo">Where the last gap that was filled ended.</param>
public sealed record FeedState(long FilledUpTo)
{
    /// <summary>The installation's own log, as a tenant.</summary>
    public const string Tenant = "installation";

    public static Aggregate<FeedState> Aggregate { get; } = new("feed", new FeedState(0), Evolve);

    private static FeedState Evolve(FeedState state, object @event) => @event switch
    {
        FeedGapFilled filled => state with { FilledUpTo = Math.Max(state.FilledUpTo, filled.UpTo) },
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of a feed."),
    };
}

using Integritet.Audit.Ledger;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;

namespace Integritet.Audit.Feed;

/// <summary>Records that a gap was found in a service's feed, and filled.</summary>
public sealed class RecordFilledGap(EventStreams streams, LedgerWriter ledger)
{
    /// <summary>
    /// Audit's own events go through the feed as well. A gap in which nothing but such records was lost is not recorded in its turn: a feed that loses every one of them would
    /// otherwise be told of for ever.
    /// </summary>
    public static IReadOnlyList<object> Decide(FeedState state, FeedGap gap, bool onlyGapRecordsWereLost) =>
        onlyGapRecordsWereLost || gap.UpTo <= state.FilledUpTo ? [] : [new FeedHappening.GapFilled(gap.Service, gap.After, gap.UpTo, gap.Events, gap.FoundAt)];

    public async Task RunAsync(FeedGap gap, CancellationToken cancellationToken)
    {
        var onlyGapRecords = gap.Service == AuditService.Name && await ledger.HoldsOnlyAsync(gap.Service, gap.After, gap.UpTo, FeedHappening.GapFilled.PinnedName, cancellationToken);
        while (true)
        {
            var feed = await streams.LoadAsync(FeedState.Aggregate, FeedState.Tenant, gap.Service, cancellationToken: cancellationToken);
            var events = Decide(feed.State, gap, onlyGapRecords);
            if (events.Count == 0)
                return;
            var id = Guid.CreateVersion7().ToString();
            var result = await streams.AppendAsync(
                FeedState.Tenant, FeedState.Aggregate.StreamOf(gap.Service), ExpectedVersion.Exactly(feed.Version), events, new EventMetadata(id, id, AuditService.Name),
                new AppendOptions { StreamType = FeedState.Aggregate.Name }, cancellationToken);
            if (result is AppendResult.Appended)
                return;
        }
    }
}

using Integritet.Audit.Feed;
using Integritet.Platform.Messaging;

namespace Integritet.Audit.Tests;

public sealed class RecordFilledGapTests
{
    private static FeedGap Gap(long after, long upTo) => new("consent", after, upTo, (int)(upTo - after), Leaves.Start);

    private static FeedState After(params object[] events) => FeedState.Aggregate.Fold(FeedState.Aggregate.Initial, events);

    [Fact]
    public void A_gap_that_was_filled_is_recorded() =>
        Assert.Equal([new FeedHappening.GapFilled("consent", 3, 7, 4, Leaves.Start)], RecordFilledGap.Decide(After(), Gap(3, 7), onlyGapRecordsWereLost: false));

    [Fact]
    public void A_gap_that_is_told_again_is_not_recorded_again() =>
        Assert.Empty(RecordFilledGap.Decide(After(new FeedHappening.GapFilled("consent", 3, 7, 4, Leaves.Start)), Gap(3, 7), onlyGapRecordsWereLost: false));

    [Fact]
    public void A_later_gap_is_recorded_too() =>
        Assert.Single(RecordFilledGap.Decide(After(new FeedHappening.GapFilled("consent", 3, 7, 4, Leaves.Start)), Gap(9, 12), onlyGapRecordsWereLost: false));

    [Fact]
    public void The_loss_of_such_records_alone_makes_no_further_one() => Assert.Empty(RecordFilledGap.Decide(After(), Gap(3, 7), onlyGapRecordsWereLost: true));

    [Fact]
    public void An_unknown_event_is_not_passed_over() => Assert.Throws<InvalidOperationException>(() => After("something"));

    [Fact]
    public void A_feed_that_loses_every_record_of_its_gaps_comes_to_rest()
    {
        // Audit's own log: an event is lost, the record of it is lost, and so on. Each gap is told of as Messaging would.
        var log = new List<object> { "lost" };
        var (state, last) = (FeedState.Aggregate.Initial, 0);
        for (var round = 0; round < 100 && last < log.Count; round++)
        {
            var gap = new FeedGap("audit", last, log.Count, log.Count - last, Leaves.Start);
            var recorded = RecordFilledGap.Decide(state, gap, log.Skip(last).All(e => e is FeedHappening.GapFilled));
            last = log.Count;
            state = FeedState.Aggregate.Fold(state, recorded);
            log.AddRange(recorded);
        }
        Assert.Equal(2, log.Count);
        Assert.Equal(log.Count, last);
    }
}

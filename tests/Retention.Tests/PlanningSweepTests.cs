using Integritet.Platform.Policies;
using Integritet.Retention.Planning;

namespace Integritet.Retention.Tests;

/// <summary>Planning everything held anew goes on where it stood, and says the same however it was divided.</summary>
public sealed class PlanningSweepTests(RunStore store)
{
    private readonly TestController _controller = new(store);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private PlanningSweep Sweep => store.Get<PlanningSweep>();

    [Fact]
    public async Task It_comes_to_the_same_hash_in_whatever_batches_and_whoever_goes_on()
    {
        await _controller.HoldAsync(25, dueAt: store.Clock.Now.AddDays(300));
        var policy = Pure.Policy("netip");

        await GoOnToTheEndAsync(policy, batch: 4);
        var small = await Sweep.BeginAsync(_controller.Id, 1, Cancel);
        await GoOnToTheEndAsync(policy with { Version = 2 }, batch: 1_000);
        var large = await Sweep.BeginAsync(_controller.Id, 2, Cancel);

        Assert.Equal((25, 25, 25), (small.Held, small.Seen, small.Changed));
        Assert.Equal((25, 25, 0), (large.Held, large.Seen, large.Changed));
        Assert.Equal(32, small.Hash.Length);
        Assert.Equal(small.Hash, large.Hash);
    }

    [Fact]
    public async Task Two_leaders_at_one_batch_count_it_once()
    {
        await _controller.HoldAsync(12, dueAt: store.Clock.Now.AddDays(300));
        var policy = Pure.Policy("netip");
        var begun = await Sweep.BeginAsync(_controller.Id, 1, Cancel);

        var first = await Sweep.GoOnAsync(begun, policy, 5, Cancel);
        var late = await Sweep.GoOnAsync(begun, policy, 7, Cancel);

        Assert.Equal((5, 5), (first!.Seen, first.Changed));
        Assert.Equal(first.Last, late!.Last);
        await GoOnToTheEndAsync(policy, batch: 5);
        var end = await Sweep.FindAsync(_controller.Id, 1, Cancel);
        Assert.Equal(12, end!.Seen);
    }

    /// <summary>Each batch by a leader that knows only what the store says.</summary>
    private async Task GoOnToTheEndAsync(PolicyVersion policy, int batch)
    {
        while (await new PlanningSweep(store.Database, store.Get<PlanUpdates>(), store.Clock).GoOnAsync(await Sweep.BeginAsync(_controller.Id, policy.Version, Cancel), policy, batch, Cancel) is not null)
        {
        }
    }
}

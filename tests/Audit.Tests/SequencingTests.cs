using Integritet.Audit.Ledger;

namespace Integritet.Audit.Tests;

public sealed class SequencingTests
{
    private static readonly Dictionary<string, LogHead> NoHeads = [];

    private static Sequenced Sequence(params Leaf[] leaves) => Sequencing.Sequence(leaves, 0, NoHeads);

    private static long[] Positions(Sequenced result) => [.. result.Entries.Select(e => e.Leaf.Position)];

    [Fact]
    public void The_first_event_of_a_log_has_index_zero() => Assert.Equal(0, Assert.Single(Sequence(Leaves.Of("consent", 1)).Entries).Index);

    [Fact]
    public void Indices_go_on_where_the_log_ended()
    {
        var heads = new Dictionary<string, LogHead> { ["almena"] = new(41, Leaves.Start, TimeSpan.Zero) };
        var result = Sequencing.Sequence(Leaves.Log("consent", 2, first: 8), 7, heads);
        Assert.Equal([41, 42], result.Entries.Select(e => e.Index));
        Assert.Equal(43, result.Heads["almena"].Size);
        Assert.Equal(9, result.Position);
    }

    [Fact]
    public void Each_controller_has_a_dense_log_of_its_own()
    {
        var result = Sequence(Leaves.Log("consent", 6, controller: i => i % 2 == 0 ? "netip" : "almena"));
        Assert.Equal([0, 1, 2], result.Entries.Where(e => e.Leaf.Controller == "almena").Select(e => e.Index));
        Assert.Equal([0, 1, 2], result.Entries.Where(e => e.Leaf.Controller == "netip").Select(e => e.Index));
        Assert.Equal(["almena", "netip"], result.Heads.Keys.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_shuffled_and_doubled_batch_comes_to_the_same_as_an_orderly_one()
    {
        var log = Leaves.Log("consent", 200, controller: i => $"c-{i % 3}");
        var orderly = Sequence(log);
        for (var seed = 0; seed < 50; seed++)
        {
            Leaf[] shuffled = [.. log, .. log[..100]];
            new Random(seed).Shuffle(shuffled);
            var result = Sequence(shuffled);
            Assert.Equal(orderly.Entries.Select(e => (e.Leaf.Position, e.Index)), result.Entries.Select(e => (e.Leaf.Position, e.Index)));
            Assert.Equal(100, result.Duplicates);
            Assert.Null(result.Refused);
        }
    }

    [Fact]
    public void An_event_the_ledger_is_past_is_dropped()
    {
        var result = Sequencing.Sequence([Leaves.Of("consent", 5), Leaves.Of("consent", 6)], 5, NoHeads);
        Assert.Equal(1, result.Duplicates);
        Assert.Equal([6], Positions(result));
    }

    [Fact]
    public void A_gap_is_never_written_over()
    {
        var result = Sequence(Leaves.Of("consent", 1), Leaves.Of("consent", 4), Leaves.Of("consent", 5));
        Assert.Equal([1], Positions(result));
        Assert.Equal(4, result.Refused?.Position);
        Assert.Equal(1, result.Position);
    }

    [Fact]
    public void A_gap_that_another_controllers_event_leaves_is_a_gap_all_the_same()
    {
        var result = Sequence(Leaves.Of("consent", 1, controller: "almena"), Leaves.Of("consent", 3, controller: "almena"));
        Assert.Equal([1], Positions(result));
        Assert.Equal(3, result.Refused?.Position);
    }

    [Fact]
    public void Numbers_a_source_never_used_are_no_gap()
    {
        var result = Sequence(Leaves.Of("consent", 1), Leaves.Of("consent", 9, previous: 1));
        Assert.Equal([1, 9], Positions(result));
        Assert.Null(result.Refused);
    }

    [Fact]
    public void An_event_that_names_another_predecessor_than_the_ledger_has_is_refused()
    {
        var result = Sequencing.Sequence([Leaves.Of("consent", 12, previous: 9)], 10, NoHeads);
        Assert.Equal(12, result.Refused?.Position);
        Assert.Empty(result.Entries);
        Assert.Equal(10, result.Position);
    }

    [Fact]
    public void A_head_knows_the_latest_stamp_and_how_late_any_leaf_was()
    {
        var first = Sequence(Leaves.Of("consent", 1, at: Leaves.Start.AddMinutes(5)));
        var then = Sequencing.Sequence([Leaves.Of("policy", 1, at: Leaves.Start)], 0, first.Heads);
        Assert.Equal(new LogHead(2, Leaves.Start.AddMinutes(5), TimeSpan.FromMinutes(5)), then.Heads["almena"]);
        Assert.Equal(Leaves.Start.AddMinutes(5), Assert.Single(then.Entries).SeenAt);
    }

    [Fact]
    public void However_a_log_is_delivered_the_indices_are_dense_and_every_event_is_there_once()
    {
        for (var seed = 0; seed < 100; seed++)
        {
            var random = new Random(seed);
            var log = Leaves.Log("consent", 120, controller: i => $"c-{i % 3}");
            var (position, heads) = (0L, new Dictionary<string, LogHead>());
            var written = new List<Entry>();
            while (written.Count < log.Length)
            {
                // What a broker may deliver: anything, in any order, any number of times.
                var batch = Enumerable.Range(0, random.Next(1, 60)).Select(_ => log[random.Next(log.Length)]).Concat(log.Skip(written.Count).Take(random.Next(0, 3))).ToArray();
                var result = Sequencing.Sequence(batch, position, heads);
                written.AddRange(result.Entries);
                position = result.Position;
                foreach (var (controller, head) in result.Heads) heads[controller] = head;
            }
            Assert.Equal(log.Select(l => l.Position), written.Select(e => e.Leaf.Position));
            foreach (var controller in written.GroupBy(e => e.Leaf.Controller, StringComparer.Ordinal))
                Assert.Equal(Enumerable.Range(0, controller.Count()).Select(i => (long)i), controller.Select(e => e.Index));
        }
    }
}

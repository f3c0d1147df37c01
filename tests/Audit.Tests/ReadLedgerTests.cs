using Integritet.Audit.Ledger;
using Integritet.Audit.Search;

namespace Integritet.Audit.Tests;

public sealed class ReadLedgerTests(Servers servers)
{
    private static LedgerQuestion Question(string controller = "almena", long after = -1, int limit = 100) => new(controller, after, limit);

    private static async Task<List<long>> IndicesAsync(LedgerDatabase ledger, LedgerQuestion question)
    {
        var all = new List<long>();
        LedgerPage page;
        do
        {
            page = await ledger.Reader.PageAsync(question, TestContext.Current.CancellationToken);
            all.AddRange(page.Events.Select(e => e.Index));
            question = question with { After = page.Next ?? question.After };
        }
        while (page.Next is not null);
        return all;
    }

    [Fact]
    public async Task A_page_says_where_the_next_begins_and_the_last_says_that_it_is_the_last()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Log("consent", 10));
        var first = await ledger.Reader.PageAsync(Question(limit: 4), TestContext.Current.CancellationToken);
        Assert.Equal([0, 1, 2, 3], first.Events.Select(e => e.Index));
        Assert.Equal(3, first.Next);
        var last = await ledger.Reader.PageAsync(Question(after: 5, limit: 4), TestContext.Current.CancellationToken);
        Assert.Equal([6, 7, 8, 9], last.Events.Select(e => e.Index));
        Assert.Null(last.Next);
    }

    [Fact]
    public async Task An_event_is_given_as_it_was_hashed()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var leaf = Leaves.Of("consent", 1, data: """{"text":"åäö"}""");
        await ledger.WriteAsync(leaf);
        var found = Assert.Single((await ledger.Reader.PageAsync(Question(), TestContext.Current.CancellationToken)).Events);
        Assert.Equal(leaf.Bytes.ToArray(), found.Leaf);
        Assert.Equal(Leaf.Hash(leaf.Bytes.Span), found.LeafHash);
    }

    [Fact]
    public async Task Pages_neither_repeat_nor_miss_an_event_while_the_log_grows()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        const int Events = 3_000;
        var growing = Task.Run(async () =>
        {
            for (var first = 1; first <= Events; first += 50)
                await ledger.WriteAsync(Leaves.Log("consent", 50, first, controller: i => i % 3 == 0 ? "netip" : "almena"));
        }, TestContext.Current.CancellationToken);
        var seen = new List<long>();
        var after = -1L;
        while (seen.Count < Events * 2 / 3)
        {
            var page = await ledger.Reader.PageAsync(Question(after: after, limit: 37), TestContext.Current.CancellationToken);
            seen.AddRange(page.Events.Select(e => e.Index));
            after = page.Events.Count > 0 ? page.Events[^1].Index : after;
            if (growing.IsFaulted)
                await growing;
        }
        await growing;
        Assert.Equal(Enumerable.Range(0, Events * 2 / 3).Select(i => (long)i), seen);
    }

    [Fact]
    public async Task Another_controllers_events_are_never_in_a_page()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync([.. Enumerable.Range(1, 40).Select(i => Leaves.Of("consent", i, controller: i % 2 == 0 ? "almena" : "netip", subjects: ["ps_a"], stream: "s", actor: "k"))]);
        LedgerQuestion[] questions =
        [
            Question(), Question() with { Subjects = ["ps_a"] }, Question() with { Stream = "s" }, Question() with { Actor = "k" }, Question() with { Service = "consent" },
            Question() with { From = Leaves.Start, To = Leaves.Start.AddDays(1) },
        ];
        foreach (var question in questions)
        {
            var page = await ledger.Reader.PageAsync(question, TestContext.Current.CancellationToken);
            Assert.Equal(20, page.Events.Count);
            Assert.All(page.Events, e => Assert.Equal("almena", Leaf.Read(e.Leaf).Controller));
        }
        Assert.Empty((await ledger.Reader.PageAsync(Question("unknown"), TestContext.Current.CancellationToken)).Events);
    }

    [Fact]
    public async Task Every_filter_gives_just_what_it_names_and_several_narrow_each_other()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var random = new Random(5);
        Leaf[] Some(string service) => [.. Enumerable.Range(1, 300).Select(i => Leaves.Of(
            service, i, stream: $"s-{random.Next(4)}", type: $"t-{random.Next(3)}.v1", actor: $"k-{random.Next(3)}", at: Leaves.Start.AddSeconds(random.Next(1000)),
            subjects: [.. Enumerable.Range(0, random.Next(3)).Select(s => $"ps_{s}")]))];
        Leaf[][] feeds = [Some("consent"), Some("policy")];
        var log = new List<Leaf>();
        for (var i = 0; i < 300; i += 30)
            foreach (var feed in feeds)
            {
                await ledger.WriteAsync(feed[i..(i + 30)]);
                log.AddRange(feed[i..(i + 30)]);
            }
        var (from, to) = (Leaves.Start.AddSeconds(200), Leaves.Start.AddSeconds(700));
        (LedgerQuestion Question, Func<Leaf, bool> Means)[] cases =
        [
            (Question(), _ => true),
            (Question() with { Service = "policy" }, l => l.Service == "policy"),
            (Question() with { Type = "t-1.v1" }, l => l.Type == "t-1.v1"),
            (Question() with { Stream = "s-2" }, l => l.Stream == "s-2"),
            (Question() with { Actor = "k-0" }, l => l.Actor == "k-0"),
            (Question() with { Subjects = ["ps_1"] }, l => l.Subjects.Contains("ps_1")),
            (Question() with { From = from }, l => l.At >= from),
            (Question() with { To = to }, l => l.At < to),
            (Question() with { From = from, To = to }, l => l.At >= from && l.At < to),
            (Question() with { From = from, To = to, Service = "consent", Type = "t-0.v1", Actor = "k-1", Stream = "s-0" },
                l => l.At >= from && l.At < to && l.Service == "consent" && l.Type == "t-0.v1" && l.Actor == "k-1" && l.Stream == "s-0"),
            (Question() with { Subjects = ["ps_0", "ps_1"] }, l => l.Subjects.Contains("ps_0") || l.Subjects.Contains("ps_1")),
            (Question() with { Subjects = ["ps_0"], Type = "t-2.v1", From = from }, l => l.Subjects.Contains("ps_0") && l.Type == "t-2.v1" && l.At >= from),
            (Question() with { Services = ["consent"] }, l => l.Service == "consent"),
            (Question() with { Services = [] }, _ => false),
            (Question() with { From = to, To = from }, _ => false),
        ];
        foreach (var (question, means) in cases)
        {
            var expected = log.Select((leaf, index) => (leaf, index)).Where(e => means(e.leaf)).Select(e => (long)e.index).ToArray();
            Assert.Equal(expected, await IndicesAsync(ledger, question with { Limit = 17 }));
        }
    }

    [Fact]
    public async Task A_span_of_time_finds_events_that_came_late()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Of("consent", 1, at: Leaves.Start.AddHours(2)));
        // A service that was cut off for two hours.
        await ledger.WriteAsync(Leaves.Of("policy", 1, at: Leaves.Start), Leaves.Of("policy", 2, at: Leaves.Start.AddHours(1)));
        await ledger.WriteAsync(Leaves.Of("consent", 2, at: Leaves.Start.AddHours(3)));
        Assert.Equal([1], await IndicesAsync(ledger, Question() with { To = Leaves.Start.AddMinutes(30) }));
        Assert.Equal([2], await IndicesAsync(ledger, Question() with { From = Leaves.Start.AddMinutes(30), To = Leaves.Start.AddMinutes(90) }));
        Assert.Equal([0, 3], await IndicesAsync(ledger, Question() with { From = Leaves.Start.AddMinutes(90) }));
    }

    [Fact]
    public async Task A_span_begins_with_its_first_instant_and_ends_before_its_last()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync([.. Enumerable.Range(1, 4).Select(i => Leaves.Of("consent", i, at: Leaves.Start.AddMicroseconds(i)))]);
        Assert.Equal([1, 2], await IndicesAsync(ledger, Question() with { From = Leaves.Start.AddMicroseconds(2), To = Leaves.Start.AddMicroseconds(4) }));
    }

    [Fact]
    public async Task A_page_is_bounded_in_bytes_too()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var big = $$"""{"text":"{{new string('x', 1_000_000)}}"}""";
        await ledger.WriteAsync([.. Enumerable.Range(1, 12).Select(i => Leaves.Of("consent", i, data: big))]);
        var page = await ledger.Reader.PageAsync(Question(), TestContext.Current.CancellationToken);
        Assert.InRange(page.Events.Sum(e => e.Leaf.Length), 1, 6_000_000);
        Assert.NotNull(page.Next);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => (long)i), await IndicesAsync(ledger, Question()));
    }

    [Theory]
    [InlineData("service")]
    [InlineData("type")]
    [InlineData("stream")]
    [InlineData("actor")]
    [InlineData("subject")]
    [InlineData("time")]
    public async Task A_page_of_rare_events_does_not_read_the_whole_log(string filter)
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        Leaf[] common = [.. Enumerable.Range(1, 20_000).Select(i => Leaves.Of("consent", i, subjects: ["ps_common"]))];
        await ledger.WriteAsync(common[..10_000]);
        await ledger.WriteAsync(Leaves.Of("rare", 1, stream: "rare", type: "rare", actor: "rare", subjects: ["ps_rare"], at: Leaves.Start.AddMilliseconds(10_000.5)));
        await ledger.WriteAsync(common[10_000..]);
        await ledger.QueryAsync<object>("analyze");
        var question = filter switch
        {
            "service" => Question() with { Service = "rare" },
            "type" => Question() with { Type = "rare" },
            "stream" => Question() with { Stream = "rare" },
            "actor" => Question() with { Actor = "rare" },
            "subject" => Question() with { Subjects = ["ps_rare"] },
            _ => Question() with { From = Leaves.Start.AddMilliseconds(10_000.4), To = Leaves.Start.AddMilliseconds(10_000.6) },
        };
        var before = await ReadRowsAsync(ledger);
        Assert.Equal([10_000], await IndicesAsync(ledger, question));
        Assert.InRange(await ReadRowsAsync(ledger) - before, 1, 200);
    }

    private static async Task<long> ReadRowsAsync(LedgerDatabase ledger)
    {
        await ledger.QueryAsync<object>("select pg_stat_force_next_flush()");
        // Statistics of the sessions in the pool arrive when they are idle; one connection serves them all here.
        return (await ledger.QueryAsync<long>("select (seq_tup_read + coalesce(idx_tup_fetch, 0))::bigint from pg_stat_user_tables where relname = 'ledger_leaf'"))[0];
    }
}

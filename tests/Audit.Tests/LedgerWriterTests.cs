using Integritet.Audit.Ledger;
using Integritet.Servers;
using Npgsql;

namespace Integritet.Audit.Tests;

public sealed class LedgerWriterTests(Servers servers)
{
    [Fact]
    public async Task A_leaf_is_kept_byte_for_byte_with_its_hash()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var leaf = Leaves.Of("consent", 1, data: """{"text":"åäö \"quoted\" 😀"}""", subjects: ["ps_a", "ps_b", "ps_a"]);
        await ledger.WriteAsync(leaf);
        Assert.Equal(leaf.Bytes.ToArray(), Assert.Single(await ledger.QueryAsync<byte[]>("select leaf from ledger_leaf")));
        Assert.Equal(Leaf.Hash(leaf.Bytes.Span), Assert.Single(await ledger.QueryAsync<byte[]>("select leaf_hash from ledger_leaf")));
        Assert.Equal(["ps_a", "ps_b"], await ledger.QueryAsync<string>("select subject from ledger_subject order by 1"));
        Assert.Empty(await ledger.VerifyAsync());
    }

    [Fact]
    public async Task Batches_of_many_services_and_controllers_make_dense_logs()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        for (var batch = 0; batch < 10; batch++)
            foreach (var service in new[] { "consent", "policy", "gateway" })
                await ledger.WriteAsync(Leaves.Log(service, 60, first: (batch * 60) + 1, controller: i => $"c-{i % 3}"));
        foreach (var controller in new[] { "c-0", "c-1", "c-2" })
            await ledger.AssertDenseAsync(controller, 600);
        Assert.Equal(600, await ledger.Writer.PositionAsync("policy", TestContext.Current.CancellationToken));
        Assert.Empty(await ledger.VerifyAsync());
    }

    [Fact]
    public async Task The_same_batch_again_changes_nothing()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var log = Leaves.Log("consent", 50);
        await ledger.WriteAsync(log);
        var again = await ledger.WriteAsync(log);
        Assert.Equal((0, 50, 50L), (again.Entries.Count, again.Duplicates, again.Position));
        await ledger.AssertDenseAsync("almena", 50);
    }

    [Fact]
    public async Task Writers_that_race_with_the_same_feed_write_each_event_once()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var log = Leaves.Log("consent", 400, controller: i => $"c-{i % 2}");
        async Task DeliverAsync(int seed)
        {
            var random = new Random(seed);
            while (await ledger.Writer.PositionAsync("consent", default) is var position && position < log.Length)
            {
                var from = (int)Math.Max(0, position - random.Next(5));
                await ledger.WriteAsync(log[from..Math.Min(log.Length, from + random.Next(1, 20))]);
            }
        }
        await Task.WhenAll(Enumerable.Range(0, 6).Select(DeliverAsync));
        await ledger.AssertDenseAsync("c-0", 200);
        await ledger.AssertDenseAsync("c-1", 200);
        Assert.Empty(await ledger.VerifyAsync());
    }

    [Fact]
    public async Task A_writer_whose_head_was_moved_behind_its_back_writes_nothing()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Log("consent", 3));
        // A writer that does not honour the lock: the fence alone must hold. The row it moves is not committed when the second writer reads, and is when it writes.
        await using var rogue = await ledger.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await rogue.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var move = new NpgsqlCommand("update ledger_head set size = size + 1 where controller = 'almena'", rogue))
            await move.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        var write = ledger.WriteAsync(Leaves.Log("consent", 2, first: 4));
        await Until.TrueAsync(async () => (await ledger.QueryAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"))[0] == 1);
        await transaction.CommitAsync(TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<LedgerMovedException>(() => write);
        await ledger.AssertDenseAsync("almena", 3);
        Assert.Equal(3, await ledger.Writer.PositionAsync("consent", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_batch_cut_off_by_a_dying_backend_leaves_nothing_behind_and_can_be_given_again()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Log("consent", 3));
        await using var blocker = await ledger.Database.OpenConnectionAsync(TestContext.Current.CancellationToken);
        await using var transaction = await blocker.BeginTransactionAsync(TestContext.Current.CancellationToken);
        await using (var hold = new NpgsqlCommand("lock table ledger_subject in exclusive mode", blocker))
            await hold.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        // Leaves, heads and source are written when the backend dies waiting for the last table.
        Leaf[] batch = [Leaves.Of("consent", 4, subjects: ["ps_a"]), Leaves.Of("consent", 5)];
        var write = ledger.WriteAsync(batch);
        await Until.TrueAsync(async () => (await ledger.QueryAsync<bool>(
            "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock' and query like '%ledger_subject%'")).Count == 1);
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => write);
        await transaction.RollbackAsync(TestContext.Current.CancellationToken);
        await ledger.AssertDenseAsync("almena", 3);
        await ledger.WriteAsync(batch);
        await ledger.AssertDenseAsync("almena", 5);
        Assert.Empty(await ledger.VerifyAsync());
    }

    [Fact]
    public async Task What_follows_a_gap_is_refused_and_what_precedes_it_is_kept()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        var result = await ledger.WriteAsync(Leaves.Of("consent", 1), Leaves.Of("consent", 2), Leaves.Of("consent", 5));
        Assert.Equal(5, result.Refused?.Position);
        await ledger.AssertDenseAsync("almena", 2);
        Assert.Equal(2, await ledger.Writer.PositionAsync("consent", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Texts_no_index_takes_do_not_stop_the_feed()
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Of("consent", 1, stream: new string('å', 5000), type: new string('t', 5000), actor: "a\\u0000b", subjects: [new string('s', 5000)]));
        await ledger.AssertDenseAsync("almena", 1);
        Assert.Empty(await ledger.VerifyAsync());
    }

    [Theory]
    [InlineData("update ledger_leaf set leaf = 'x'")]
    [InlineData("delete from ledger_leaf")]
    [InlineData("truncate ledger_leaf")]
    [InlineData("delete from ledger_subject")]
    public async Task The_ledger_cannot_be_changed(string sql)
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Of("consent", 1, subjects: ["ps_a"]));
        await using var command = ledger.Database.CreateCommand(sql);
        var refusal = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken));
        Assert.Contains("append-only", refusal.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("update ledger_leaf set leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'key-1', 'key-2'), 'UTF8') where index = 2", 2, "hash")]
    [InlineData("update ledger_leaf set leaf_hash = sha256('x') where index = 2", 2, "hash")]
    [InlineData("update ledger_leaf set actor = 'key-2' where index = 2", 2, "search column")]
    [InlineData("update ledger_leaf set seen_at = seen_at + interval '1 s' where index = 2", 2, "latest stamp")]
    [InlineData("delete from ledger_leaf where index = 2", 3, "index before it")]
    [InlineData("delete from ledger_leaf where index = 4", 4, "head")]
    [InlineData("delete from ledger_subject where index = 2", 2, "subjects")]
    [InlineData("update ledger_subject set subject = 'ps_x' where index = 2", 2, "subjects")]
    [InlineData("insert into ledger_subject values ('netip', 'ps_a', 7)", 7, "not there")]
    [InlineData("update ledger_head set size = 6", 5, "head")]
    [InlineData("update ledger_source set position = 4", 4, "last leaf")]
    [InlineData("delete from ledger_leaf", 0, "head")]
    public async Task Whatever_is_changed_behind_its_back_is_found(string tampering, long index, string fault)
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync([.. Enumerable.Range(1, 5).Select(i => Leaves.Of("consent", i, subjects: ["ps_a"]))]);
        Assert.Empty(await ledger.VerifyAsync());
        await ledger.TamperAsync(tampering);
        Assert.Contains(await ledger.VerifyAsync(), f => f.Index == index && f.Fault.Contains(fault, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("select 1")]
    [InlineData("update ledger_leaf set seen_at = (select max(at) from ledger_leaf where index <= 2) where index = 2")]
    public async Task Two_leaves_exchanged_are_found(string andThen)
    {
        await using var ledger = await LedgerDatabase.CreateAsync(servers);
        await ledger.WriteAsync(Leaves.Log("consent", 4));
        await ledger.TamperAsync($"update ledger_leaf set index = 13 - index where index in (1, 2); update ledger_leaf set index = index - 10 where index > 10; {andThen}");
        Assert.Contains(await ledger.VerifyAsync(), f => f.Index == 2 && f.Fault.Contains("order", StringComparison.Ordinal));
    }
}

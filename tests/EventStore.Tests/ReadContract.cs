namespace Integritet.EventStore.Tests;

/// <summary>Reading, following and remembering where one stood.</summary>
public abstract class ReadContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    [Fact]
    public async Task A_stream_is_read_after_a_version_and_up_to_a_position()
    {
        var replica = await StartAsync();
        for (var i = 0; i < 5; i++)
        {
            await AppendedAsync(replica, Things.Append("s"));
            await AppendedAsync(replica, Things.Append("other"));
        }
        Assert.Equal([3L, 4L, 5L], (await replica.Store.ReadStreamAsync("almena", "s", afterVersion: 2, cancellationToken: Cancel)).Select(e => e.Version));
        Assert.Equal([1L, 2L], (await replica.Store.ReadStreamAsync("almena", "s", upToPosition: 4, cancellationToken: Cancel)).Select(e => e.Version));
    }

    [Fact]
    public async Task Everything_is_read_in_order_of_position_in_portions()
    {
        var replica = await StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => AppendedAsync(replica, Things.Append($"s{i % 7}"))));
        var all = new List<RecordedEvent>();
        for (List<RecordedEvent> portion; (portion = await LogAsync(replica, all.Count == 0 ? 0 : all[^1].Position, limit: 33)).Count > 0;)
            all.AddRange(portion);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), all.Select(e => e.Position));
        Assert.Equal(200, await replica.Store.HeadAsync(Cancel));
    }

    [Fact]
    public async Task An_instant_is_mapped_to_the_last_position_committed_by_then()
    {
        var start = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var clock = new SettableClock(start);
        var replica = await StartAsync(services: clock.Register);
        for (var i = 1; i <= 60; i++)
        {
            clock.Now = start.AddMinutes(i);
            await AppendedAsync(replica, Things.Append("s", events: 1 + (i % 3)));
        }
        await using (var gap = replica.Database.CreateCommand("select setval('mt_events_sequence', 100000)"))
            await gap.ExecuteNonQueryAsync(Cancel);
        clock.Now = start.AddMinutes(61);
        await AppendedAsync(replica, Things.Append("s"));

        var log = await LogAsync(replica);
        for (var seconds = 0; seconds <= 62 * 60; seconds += 30)
        {
            var instant = start.AddSeconds(seconds);
            var expected = log.LastOrDefault(e => e.Timestamp <= instant)?.Position ?? 0;
            Assert.Equal(expected, await replica.Store.PositionAtAsync(instant, Cancel));
        }
        Assert.Equal(0, await replica.Store.PositionAtAsync(start, Cancel));
    }

    [Fact]
    public async Task A_reader_beside_thirty_two_writers_sees_every_event_once_and_in_order()
    {
        var replicas = new[] { await StartAsync(), await StartAsync() };
        var reader = await StartAsync();
        const int writers = 32, appends = 25;
        var seen = new List<RecordedEvent>();
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        enough.CancelAfter(TimeSpan.FromSeconds(60));
        var reading = Task.Run(async () =>
        {
            await foreach (var batch in reader.Store.SubscribeAsync(0, 50, enough.Token))
            {
                seen.AddRange(batch);
                if (seen.Count >= writers * appends)
                    return;
            }
        }, Cancel);
        await Task.WhenAll(Enumerable.Range(0, writers).Select(async w =>
        {
            for (var i = 0; i < appends; i++)
                await AppendedAsync(replicas[w % 2], Things.Append($"s{w}", ExpectedVersion.Exactly(i)));
        }));
        await reading;
        Assert.Equal(Enumerable.Range(1, writers * appends).Select(i => (long)i), seen.Select(e => e.Position));
        Assert.Equal(writers * appends, seen.Select(e => e.Id).Distinct().Count());
    }

    [Fact]
    public async Task A_subscription_is_told_of_another_replicas_commit_and_need_not_poll()
    {
        var committer = await StartAsync();
        var reader = await StartAsync(settings: ("PollIntervalMs", "600000"));
        await using var batches = reader.Store.SubscribeAsync(0, 10, Cancel).GetAsyncEnumerator(Cancel);
        var first = batches.MoveNextAsync().AsTask();
        await UntilAsync(() => ScalarAsync<bool>(committer, "select exists (select from pg_stat_activity where application_name = 'integritet-listener' and query like 'select coalesce(max%' and state = 'idle' and datname = current_database())"), "the reader listened");
        await AppendedAsync(committer, Things.Append("s"));
        Assert.True(await first.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        var next = batches.MoveNextAsync().AsTask();
        await AppendedAsync(committer, Things.Append("s"));
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.Equal(2, Assert.Single(batches.Current).Position);
    }

    [Fact]
    public async Task A_subscription_gives_large_events_a_few_at_a_time()
    {
        var replica = await StartAsync();
        await using var batches = replica.Store.SubscribeAsync(0, 1_000, Cancel).GetAsyncEnumerator(Cancel);
        await AppendedAsync(replica, Things.Append("s"));
        Assert.True(await batches.MoveNextAsync());
        var large = $$"""{"a": "{{new string('x', 700_000)}}"}""";
        for (var i = 0; i < 12; i++)
            await AppendedAsync(replica, Things.Append("s", json: large));
        for (long last = 1; last < 13;)
        {
            Assert.True(await batches.MoveNextAsync());
            Assert.Equal(last + 1, batches.Current[0].Position);
            Assert.True(batches.Current.Sum(e => (long)e.Data.Length) < 3_000_000);
            last = batches.Current[^1].Position;
        }
    }

    [Fact]
    public async Task A_subscription_survives_the_loss_of_its_connections()
    {
        var replica = await StartAsync();
        await using var batches = replica.Store.SubscribeAsync(0, 10, Cancel).GetAsyncEnumerator(Cancel);
        await AppendedAsync(replica, Things.Append("s"));
        Assert.True(await batches.MoveNextAsync());
        var other = await StartAsync();
        await ScalarAsync<long>(other, "select count(pg_terminate_backend(pid)) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()");
        var next = batches.MoveNextAsync().AsTask();
        await AppendedAsync(other, Things.Append("s"));
        Assert.True(await next.WaitAsync(TimeSpan.FromSeconds(60), Cancel));
        Assert.Equal(2, Assert.Single(batches.Current).Position);
    }

    [Fact]
    public async Task A_checkpoint_moves_by_compare_and_set_only()
    {
        var replica = await StartAsync();
        Assert.Equal(0, await replica.Checkpoints.GetAsync("feed", Cancel));
        Assert.False(await replica.Checkpoints.TryMoveAsync("feed", 3, 4, Cancel));
        Assert.True(await replica.Checkpoints.TryMoveAsync("feed", 0, 5, Cancel));
        Assert.False(await replica.Checkpoints.TryMoveAsync("feed", 0, 6, Cancel));
        Assert.True(await replica.Checkpoints.TryMoveAsync("feed", 5, 6, Cancel));
        Assert.Equal(6, await replica.Checkpoints.GetAsync("feed", Cancel));
    }
}

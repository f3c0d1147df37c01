using System.Collections.Concurrent;
using System.Globalization;
using Integritet.Platform.EventStore.Projections;
using Npgsql;

namespace Integritet.EventStore.Tests;

/// <summary>What other event stores' users ran into, each with the issue it is known from (JasperFx/marten unless said otherwise).</summary>
public abstract class PitfallContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    /// <summary>marten#1629, #2370, #4964.</summary>
    [Fact]
    public async Task A_transaction_that_commits_late_is_not_skipped_by_readers()
    {
        var replica = await StartAsync();
        await using var slow = await replica.Database.OpenConnectionAsync(Cancel);
        await using (var transaction = await slow.BeginTransactionAsync(Cancel))
        {
            // Another writer, slow between taking its number and committing.
            await ExecuteAsync(slow, $"select pg_advisory_xact_lock({Locks.Append})");
            await ExecuteAsync(slow, "insert into mt_streams (tenant_id, id, version) values ('almena', 'slow', 1)");
            await ExecuteAsync(slow, $"insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id) values (nextval('mt_events_sequence'), '{Guid.CreateVersion7()}', 'slow', 1, '{{}}', 'x.v1', now(), 'almena')");
            var fast = replica.Store.AppendAsync(Things.Append("fast"), Cancel);
            await UntilAnAppendWaitsAsync(replica);
            Assert.Empty(await LogAsync(replica));
            await transaction.CommitAsync(Cancel);
            Assert.Equal(2, Assert.IsType<AppendResult.Appended>(await fast).Position);
        }
        Assert.Equal(["slow", "fast"], (await LogAsync(replica)).Select(e => e.Stream));
    }

    /// <summary>marten#4765, #4749.</summary>
    [Fact]
    public async Task A_concurrency_loser_burns_no_number_and_stalls_nobody()
    {
        var replicas = new[] { await StartAsync(), await StartAsync() };
        for (var version = 0; version < 10; version++)
            await Task.WhenAll(replicas.SelectMany(r => Enumerable.Range(0, 5).Select(_ => r.Store.AppendAsync(Things.Append("s", ExpectedVersion.Exactly(version)), Cancel))));
        Assert.Equal(Enumerable.Range(1, 10).Select(i => (long)i), (await LogAsync(replicas[0])).Select(e => e.Position));
    }

    /// <summary>A poisonous append burns none either; its neighbours are not held up.</summary>
    [Fact]
    public async Task A_poisonous_append_leaves_no_gap_that_readers_could_wait_on()
    {
        var replica = await StartAsync();
        var results = await Task.WhenAll(Enumerable.Range(0, 30).Select(i => Record.ExceptionAsync(() =>
            replica.Store.AppendAsync(Things.Append($"s{i}", json: i % 3 == 0 ? """{"a": "\u0000"}""" : "{}"), Cancel)).AsTask()));
        Assert.Equal(10, results.OfType<EventStoreRejectedException>().Count());
        Assert.Equal(20, (await LogAsync(replica)).Count);
        await AssertWholeAsync(replica);
    }

    /// <summary>marten#5539.</summary>
    [Fact]
    public async Task A_zero_event_append_does_not_move_the_version()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s", events: 2));
        var nothing = await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(2), events: 0) with { Idempotency = Things.Keyed("k") });
        Assert.Equal((2, 0), (nothing.Version, nothing.Position));
        Assert.Equal(0, (await AppendedAsync(replica, Things.Append("nobody", events: 0))).Version);
        Assert.Equal(new AppendResult.VersionConflict(2), await replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.Exactly(1), events: 0), Cancel));
        Assert.Equal(3, (await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(2)))).Version);
        Assert.Equal(1L, await ScalarAsync<long>(replica, "select count(*) from mt_streams"));
        Assert.NotNull(await replica.Store.FindIdempotencyAsync(Things.Keyed("k").Scope, Cancel));
    }

    /// <summary>marten#5090, #5108.</summary>
    [Fact]
    public async Task A_session_idle_in_transaction_does_not_stop_readers()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s"));
        await using var idle = await replica.Database.OpenConnectionAsync(Cancel);
        await using var transaction = await idle.BeginTransactionAsync(Cancel);
        await ExecuteAsync(idle, "insert into mt_streams (tenant_id, id, version) values ('almena', 'idle', 1); select nextval('mt_events_sequence')");
        await AppendedAsync(replica, Things.Append("s"));
        Assert.Equal(2, (await LogAsync(replica)).Count);
        await using var batches = replica.Store.SubscribeAsync(0, 10, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await batches.MoveNextAsync());
        Assert.Equal(2, batches.Current.Count);
    }

    /// <summary>marten#5090: nor does one that keeps the writers' lock keep their callers for ever.</summary>
    [Fact]
    public async Task A_lock_that_never_comes_is_answered_as_unavailable_and_nothing_is_stored()
    {
        var replica = await StartAsync(settings: [("LockTimeoutMs", "200"), ("AppendTimeoutMs", "1000")]);
        var patient = await StartAsync();
        await using var blocker = await HoldLockAsync(patient);
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => replica.Store.AppendAsync(Things.Append("s"), Cancel));
        await UntilAsync(async () => !await AnAppendWaitsAsync(replica), "no append waited any more");
        await ReleaseLockAsync(blocker);
        Assert.Equal(1, (await AppendedAsync(patient, Things.Append("t"))).Position);
    }

    /// <summary>A wait for the lock is given up and begun anew: a session whose server forgot it does not wait until its caller's time is up.</summary>
    [Fact]
    public async Task A_wait_for_the_lock_is_begun_anew_until_it_comes()
    {
        var replica = await StartAsync(settings: [("LockTimeoutMs", "200"), ("AppendTimeoutMs", "60000")]);
        await using var blocker = await HoldLockAsync(replica);
        var underWay = replica.Store.AppendAsync(Things.Append("s"), Cancel);
        var waited = new HashSet<int>();
        await UntilAsync(
            async () =>
            {
                waited.UnionWith(await ScalarAsync<int[]>(
                    replica, "select array(select l.pid from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and not l.granted and d.datname = current_database())") ?? []);
                return waited.Count > 1;
            },
            "a second session waited");
        await ReleaseLockAsync(blocker);
        Assert.Equal(1, Assert.IsType<AppendResult.Appended>(await underWay).Position);
    }

    /// <summary>A server that was restarted has ended every session of the pool, not only the one that the next reader gets.</summary>
    [Fact]
    public async Task A_pool_whose_sessions_have_all_died_costs_no_reader_an_error()
    {
        var (replica, other) = (await StartAsync(), await StartAsync());
        await AppendedAsync(replica, Things.Append("s"));
        var pooled = await Task.WhenAll(Enumerable.Range(0, 5).Select(async _ => await replica.Database.OpenConnectionAsync(Cancel)));
        var pids = Array.ConvertAll(pooled, connection => connection.ProcessID);
        foreach (var connection in pooled)
            await connection.DisposeAsync();
        foreach (var pid in pids)
            await ScalarAsync<bool>(other, $"select pg_terminate_backend({pid.ToString(CultureInfo.InvariantCulture)}, 10000)");
        Assert.Single(await replica.Store.ReadStreamAsync("almena", "s", cancellationToken: Cancel));
    }

    /// <summary>marten#3789, #4007.</summary>
    [Fact]
    public async Task Of_two_leaders_only_one_moves_the_checkpoint()
    {
        var replicas = new[] { await StartAsync(), await StartAsync() };
        var moved = new ConcurrentBag<long>();
        await Task.WhenAll(replicas.SelectMany(r => Enumerable.Range(0, 4).Select(async _ =>
        {
            for (var i = 0; i < 50; i++)
            {
                var from = await r.Checkpoints.GetAsync("feed", Cancel);
                if (await r.Checkpoints.TryMoveAsync("feed", from, from + 1, Cancel))
                    moved.Add(from + 1);
            }
        })));
        Assert.Equal(moved.Order(), Enumerable.Range(1, moved.Count).Select(i => (long)i));
        Assert.Equal(moved.Count, await replicas[0].Checkpoints.GetAsync("feed", Cancel));
    }

    /// <summary>marten#5294, #4941: the store's part is that a reader whose server is away hears of it.</summary>
    [Fact]
    public async Task A_read_from_a_server_that_is_away_says_so()
    {
        var replica = await StartAsync();
        await replica.Database.DisposeAsync();
        await using var nowhere = NpgsqlDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody;Database=nothing;Timeout=1");
        var reader = new Platform.EventStore.Checkpoints(nowhere);
        await Assert.ThrowsAsync<EventStoreUnavailableException>(() => reader.GetAsync("feed", Cancel));
    }

    /// <summary>marten#4718, #4729.</summary>
    [Fact]
    public async Task A_rebuild_does_not_publish_again()
    {
        var replica = await StartAsync([Things.CountByStream]);
        await AppendedAsync(replica, Things.Append("s", events: 10));
        await using var batches = replica.Store.SubscribeAsync(0, 100, Cancel).GetAsyncEnumerator(Cancel);
        Assert.True(await batches.MoveNextAsync());
        var next = batches.MoveNextAsync().AsTask();
        await replica.Get<InlineProjections>().RebuildAsync(Things.CountByStream.Name, Cancel);
        Assert.Equal(10, await replica.Store.HeadAsync(Cancel));
        await AppendedAsync(replica, Things.Append("after"));
        Assert.True(await next);
        Assert.Equal("after", Assert.Single(batches.Current).Stream);
    }

    /// <summary>marten#5234.</summary>
    [Fact]
    public async Task What_is_done_to_one_tenants_stream_touches_no_other_tenants_stream_of_the_same_name()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s", tenant: "almena"));
        await AppendedAsync(replica, Things.Append("s", tenant: "netip"));
        var before = await ScalarAsync<string>(replica, "select (array_agg(s.*::text) || array_agg(e.*::text))::text from mt_streams s join mt_events e on e.tenant_id = s.tenant_id where s.tenant_id = 'netip'");
        await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(1), events: 5, tenant: "almena"));
        await replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.NoStream, tenant: "almena"), Cancel);
        Assert.Equal(before, await ScalarAsync<string>(replica, "select (array_agg(s.*::text) || array_agg(e.*::text))::text from mt_streams s join mt_events e on e.tenant_id = s.tenant_id where s.tenant_id = 'netip'"));
    }

    /// <summary>marten#1465.</summary>
    [Fact]
    public async Task A_lost_race_to_create_a_stream_is_a_version_conflict_and_no_database_error()
    {
        var replicas = new[] { await StartAsync(), await StartAsync() };
        for (var stream = 0; stream < 20; stream++)
        {
            var results = await Task.WhenAll(replicas.Select(r => r.Store.AppendAsync(Things.Append($"s{stream}", ExpectedVersion.NoStream), Cancel)));
            Assert.Single(results.OfType<AppendResult.Appended>());
            Assert.Equal(new AppendResult.VersionConflict(1), Assert.Single(results.OfType<AppendResult.VersionConflict>()));
        }
    }

    /// <summary>In Marten's own Append the expected version is the one after it.</summary>
    [Fact]
    public async Task The_expected_version_is_the_one_before_the_append()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(0), events: 3));
        Assert.Equal(new AppendResult.VersionConflict(3), await replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.Exactly(4)), Cancel));
        Assert.Equal(4, (await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(3)))).Version);
    }

    /// <summary>NOTIFY takes a database-wide lock at commit.</summary>
    [Fact]
    public async Task A_commit_notifies_once_however_many_events_it_has()
    {
        var replica = await StartAsync();
        await using var listener = new NpgsqlConnection(Database);
        await listener.OpenAsync(Cancel);
        var payloads = new List<string>();
        listener.Notification += (_, notification) => payloads.Add(notification.Payload);
        await ExecuteAsync(listener, "listen integritet_events");
        await AppendedAsync(replica, Things.Append("s", events: 100));
        await ExecuteAsync(listener, "select 1");
        Assert.Equal(["100"], payloads);
    }

    /// <summary>Marten writes the creation time of the table where a writer sets no stamp.</summary>
    [Fact]
    public async Task Every_event_has_a_stamp_of_its_commit_also_in_a_session_with_another_time_zone()
    {
        var replica = await StartAsync(database: Database + ";Timezone=Asia/Tokyo");
        var before = TimeProvider.System.GetUtcNow().AddMilliseconds(-1);
        var appended = await AppendedAsync(replica, Things.Append("s"));
        Assert.InRange(appended.CommittedAt, before, TimeProvider.System.GetUtcNow());
        Assert.Equal(appended.CommittedAt, (await LogAsync(replica))[0].Timestamp);
    }
}

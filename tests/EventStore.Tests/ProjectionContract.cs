using Integritet.Platform.EventStore.Projections;
using Npgsql;

namespace Integritet.EventStore.Tests;

/// <summary>Read models in the append's own transaction, and their rebuild.</summary>
public abstract class ProjectionContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    [Fact]
    public async Task A_read_model_is_never_behind_its_stream()
    {
        var replica = await StartAsync([Things.CountByStream, Things.CountByTenant]);
        await Task.WhenAll(Enumerable.Range(0, 150).Select(async i =>
        {
            var appended = await AppendedAsync(replica, Things.Append($"s{i % 5}", events: 1 + (i % 2)));
            Assert.True(await ScalarAsync<long>(replica, $"select n from read_count where stream_id = 's{i % 5}'") >= appended.Version);
        }));
        Assert.Equal(225L, await ScalarAsync<long>(replica, "select n from read_tenant"));
        Assert.Equal(225L, await ScalarAsync<long>(replica, "select sum(n)::bigint from read_count"));
    }

    [Fact]
    public async Task A_projection_is_not_shown_events_of_other_types()
    {
        var replica = await StartAsync([Things.CountByTenant]);
        await AppendedAsync(replica, Things.Append("s", type: "something-else.v1"));
        await AppendedAsync(replica, Things.Append("s"));
        Assert.Equal(1L, await ScalarAsync<long>(replica, "select n from read_tenant"));
    }

    [Fact]
    public async Task An_append_that_a_read_models_constraint_refuses_fails_alone_and_stores_nothing()
    {
        var replica = await StartAsync([Things.CountByTenant]);
        await AppendedAsync(replica, Things.Append("s"));
        await using (var full = replica.Database.CreateCommand("update read_tenant set n = 999999"))
            await full.ExecuteNonQueryAsync(Cancel);
        await Assert.ThrowsAsync<EventStoreRejectedException>(() => replica.Store.AppendAsync(Things.Append("s"), Cancel));
        Assert.Equal(2, (await AppendedAsync(replica, Things.Append("s", type: "something-else.v1"))).Position);
    }

    [Fact]
    public async Task A_rebuild_while_writers_write_ends_with_what_the_log_says_and_publishes_nothing()
    {
        var replica = await StartAsync([Things.CountByStream, Things.CountByTenant]);
        await AppendedAsync(replica, Things.Append("s0", events: 500));
        await using (var wrong = replica.Database.CreateCommand("update read_count set n = 0; update read_tenant set n = 0"))
            await wrong.ExecuteNonQueryAsync(Cancel);
        using var enough = new CancellationTokenSource();
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(async w =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++)
                await AppendedAsync(replica, Things.Append($"s{w}"));
        }));
        var projections = replica.Get<InlineProjections>();
        await projections.RebuildAsync(Things.CountByStream.Name, Cancel);
        await projections.RebuildAsync(Things.CountByTenant.Name, Cancel);
        await projections.RebuildAsync(Things.CountByStream.Name, Cancel);
        await enough.CancelAsync();
        await writing;

        var log = await LogAsync(replica);
        Assert.Equal(log.Count, await ScalarAsync<long>(replica, "select n from read_tenant"));
        foreach (var stream in log.GroupBy(e => e.Stream))
            Assert.Equal(stream.Count(), await ScalarAsync<long>(replica, $"select n from read_count where stream_id = '{stream.Key}'"));
        Assert.Equal("read_count_n,read_count_pkey", await ScalarAsync<string>(replica, "select string_agg(indexname, ',' order by indexname) from pg_indexes where tablename = 'read_count' and schemaname = 'public'"));
    }

    [Fact]
    public async Task A_rebuild_that_fails_leaves_neither_its_lock_nor_its_tables_in_anybodys_way()
    {
        var replica = await StartAsync([Things.CountByStream]);
        await AppendedAsync(replica, Things.Append("s", events: 3));
        await using (var obstacle = replica.Database.CreateCommand(
            "create schema if not exists integritet_rebuild; create table integritet_rebuild.read_count (n bigint); create view integritet_rebuild.obstacle as select * from integritet_rebuild.read_count"))
            await obstacle.ExecuteNonQueryAsync(Cancel);
        await Assert.ThrowsAsync<PostgresException>(() => replica.Get<InlineProjections>().RebuildAsync(Things.CountByStream.Name, Cancel));

        Assert.Equal(3L, await ScalarAsync<long>(replica, "select n from read_count")); // on whatever session the pool gives
        await using (var away = replica.Database.CreateCommand("drop view integritet_rebuild.obstacle"))
            await away.ExecuteNonQueryAsync(Cancel);
        await (await StartAsync([Things.CountByStream])).Get<InlineProjections>().RebuildAsync(Things.CountByStream.Name, Cancel).WaitAsync(TimeSpan.FromSeconds(60), Cancel);
        Assert.Equal(3L, await ScalarAsync<long>(replica, "select n from read_count"));
    }

    [Fact]
    public async Task A_raised_version_is_rebuilt_at_start_and_every_running_replica_fills_the_new_table()
    {
        var old = await StartAsync([Things.CountByStream]);
        await AppendedAsync(old, Things.Append("s", events: 3));
        var doubled = Things.CountByStream with
        {
            Version = 2,
            ApplySql = "insert into {table} as t (tenant_id, stream_id, n) select e.tenant_id, e.stream_id, 2 from events e on conflict (tenant_id, stream_id) do update set n = t.n + 2",
        };
        var renewed = await StartAsync([doubled]);
        Assert.Equal(6L, await ScalarAsync<long>(renewed, "select n from read_count"));
        await AppendedAsync(old, Things.Append("s"));
        await AppendedAsync(renewed, Things.Append("s"));
        Assert.Equal(10L, await ScalarAsync<long>(renewed, "select n from read_count"));
        await StartAsync([Things.CountByStream]); // an old replica that restarts leaves the newer table alone
        Assert.Equal(10L, await ScalarAsync<long>(renewed, "select n from read_count"));
    }

    [Fact]
    public async Task Changed_sql_under_an_unchanged_version_does_not_start()
    {
        await StartAsync([Things.CountByStream]);
        await Assert.ThrowsAsync<InvalidOperationException>(() => StartAsync([Things.CountByStream with { ApplySql = Things.CountByStream.ApplySql + " where true" }]));
    }

    [Fact]
    public async Task Two_replicas_may_start_at_once_on_an_empty_database()
    {
        var replicas = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => StartAsync([Things.CountByStream, Things.CountByTenant])));
        await Task.WhenAll(replicas.Select(r => AppendedAsync(r, Things.Append("s"))));
        Assert.Equal(4L, await ScalarAsync<long>(replicas[0], "select n from read_count"));
    }
}

using System.Text;
using Npgsql;

namespace Integritet.EventStore.Tests;

public sealed class SmokeTests
{
    [Fact]
    public async Task Smoke()
    {
        var admin = Environment.GetEnvironmentVariable("INTEGRITET_TEST_POSTGRES")!;
        var name = "store_" + Guid.CreateVersion7().ToString("N");
        await using var source = NpgsqlDataSource.Create(admin);
        await using (var c = source.CreateCommand($"create database {name}")) await c.ExecuteNonQueryAsync();
        var cs = new NpgsqlConnectionStringBuilder(admin) { Database = name }.ConnectionString;
        var projection = new InlineProjection("counts", "read_counts", 1, ["thing-done.v1"], "create table {table} (tenant_id varchar, stream varchar, n int, primary key (tenant_id, stream))",
            "insert into {table} as t select e.tenant_id, e.stream_id, 1 from events e on conflict (tenant_id, stream) do update set n = t.n + 1", "(e.tenant_id, substr(e.stream_id, 1, 1))");
        await using (var r = await Replica.StartAsync(cs, [projection]))
        {
            var results = await Task.WhenAll(Enumerable.Range(0, 200).Select(i => r.Store.AppendAsync(A("s" + i % 20, ExpectedVersion.Any))));
            Assert.All(results, x => Assert.IsType<AppendResult.Appended>(x));
            Assert.Equal(200, await r.Store.HeadAsync());
            Assert.Equal(10, (await r.Store.ReadStreamAsync("almena", "s3")).Count);
            var all = new List<RecordedEvent>();
            await foreach (var e in r.Store.ReadAllAsync(0, 1000)) all.Add(e);
            Assert.Equal(200, all.Count);
            Assert.Equal(["ps_1"], all[0].Metadata.Subjects);
            Assert.Equal(all[99].Position, await r.Store.PositionAtAsync(all[99].Timestamp));
            Assert.IsType<AppendResult.VersionConflict>(await r.Store.AppendAsync(A("s3", ExpectedVersion.NoStream)));
            await using var c = r.Database.CreateCommand("select sum(n) from read_counts");
            Assert.Equal(200L, await c.ExecuteScalarAsync());
            await Assert.ThrowsAsync<EventStoreRejectedException>(() => r.Store.AppendAsync(A("s3", ExpectedVersion.Any, "{")));
            await r.Get<Integritet.Platform.EventStore.Projections.InlineProjections>().RebuildAsync("counts");
            await using var c2 = r.Database.CreateCommand("select sum(n) from read_counts");
            Assert.Equal(200L, await c2.ExecuteScalarAsync());
            await foreach (var b in r.Store.SubscribeAsync(0, 1000)) { Assert.Equal(200, b.Count); break; }
            Assert.True(await r.Checkpoints.TryMoveAsync("x", 0, 5));
            Assert.False(await r.Checkpoints.TryMoveAsync("x", 0, 6));
            Assert.True(await r.Checkpoints.TryMoveAsync("x", 5, 6));
            Assert.Equal(6, await r.Checkpoints.GetAsync("x"));
        }
        NpgsqlConnection.ClearAllPools();
        await using (var c = source.CreateCommand($"drop database {name} with (force)")) await c.ExecuteNonQueryAsync();
    }

    private static Append A(string stream, ExpectedVersion v, string json = "{\"a\": 1}") => new("almena", stream, v,
        [new EventToAppend(Guid.CreateVersion7(), "thing-done.v1", "X, Y", Encoding.UTF8.GetBytes(json))], new("c", "k", "me") { Subjects = ["ps_1"] });
}

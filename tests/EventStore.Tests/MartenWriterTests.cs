#if USE_MARTEN
using System.Text;
using Integritet.Platform.EventStore.Marten;
using Integritet.Servers;

namespace Integritet.EventStore.Tests;

public sealed class MartenWriterTests
{
    [Fact]
    public async Task Marten_finds_nothing_to_change_in_our_tables()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var replica = await MartenReplicaAsync(await server.CreateDatabaseAsync());
        await AppendedAsync(replica, "s", ExpectedVersion.NoStream);
        await using var marten = MartenTables.Open(replica.Database);
        await marten.Storage.Database.AssertDatabaseMatchesConfigurationAsync();
    }

    [Fact]
    public async Task Both_writers_take_turns_on_one_database_without_gap_or_clash()
    {
        await using var server = await PostgresServer.StartAsync();
        var database = await server.CreateDatabaseAsync();
        await using var marten = await MartenReplicaAsync(database);
        await using var postgres = await Replica.StartAsync(database);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(i => AppendedAsync(i % 2 == 0 ? marten : postgres, $"s{i % 5}", ExpectedVersion.Any)));

        var all = new List<RecordedEvent>();
        await foreach (var one in postgres.Store.ReadAllAsync(0, 1000))
            all.Add(one);
        Assert.Equal(Enumerable.Range(1, 100).Select(i => (long)i), all.Select(e => e.Position));
        Assert.All(all.GroupBy(e => e.Stream), stream => Assert.Equal(Enumerable.Range(1, 20).Select(i => (long)i), stream.Select(e => e.Version)));
        Assert.Equal(all.Select(e => e.Timestamp).Order(), all.Select(e => e.Timestamp));
        Assert.All(all, e => Assert.Equal(("thing-done.v1", "ps_1", """{"a": 1}"""), (e.Type, e.Metadata.Subjects.Single(), Encoding.UTF8.GetString(e.Data.Span))));
    }

    [Fact]
    public async Task A_version_conflict_seen_by_Marten_stores_nothing_and_burns_no_number()
    {
        await using var server = await PostgresServer.StartAsync();
        await using var replica = await MartenReplicaAsync(await server.CreateDatabaseAsync());
        await AppendedAsync(replica, "s", ExpectedVersion.NoStream);
        Assert.Equal(new AppendResult.VersionConflict(1), await replica.Store.AppendAsync(Thing("s", ExpectedVersion.NoStream)));
        await Assert.ThrowsAsync<EventStoreRejectedException>(() => replica.Store.AppendAsync(Thing("s", ExpectedVersion.Any, "{\"a\": \"\\u0000\"}")));
        Assert.Equal(2, (await AppendedAsync(replica, "s", ExpectedVersion.Exactly(1))).Position);
    }

    private static async Task<AppendResult.Appended> AppendedAsync(Replica replica, string stream, ExpectedVersion expected) =>
        Assert.IsType<AppendResult.Appended>(await replica.Store.AppendAsync(Thing(stream, expected)));

    private static Task<Replica> MartenReplicaAsync(string database) =>
        Replica.StartAsync(database, services: services => services.AddMartenWriter(), settings: ("Writer", "Marten"));

    private static Append Thing(string stream, ExpectedVersion expected, string json = """{"a": 1}""") => new(
        "almena", stream, expected, [new EventToAppend(Guid.CreateVersion7(), "thing-done.v1", "X, Y", Encoding.UTF8.GetBytes(json))],
        new EventMetadata("correlation", "causation", "me") { Subjects = ["ps_1"] }) { StreamType = "thing" };
}
#endif

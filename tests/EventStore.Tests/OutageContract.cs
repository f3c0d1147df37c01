using System.Collections.Concurrent;
using Integritet.Servers;

namespace Integritet.EventStore.Tests;

/// <summary>Lost connections and killed servers: what was acknowledged is there, and nothing is there by half.</summary>
public abstract class OutageContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    [Theory]
    [InlineData(Cut.Before)]
    [InlineData(Cut.After)]
    [InlineData(Cut.Frozen)]
    public async Task An_append_whose_connection_is_lost_at_COMMIT_is_resolved_before_it_is_answered(Cut cut)
    {
        await using var proxy = new CuttingProxy(Database);
        var cutOff = await StartAsync([Things.CountByStream], proxy.ConnectionString, settings: [("LockTimeoutMs", "1500"), ("AppendTimeoutMs", "60000")]);
        proxy.CutNextCommit(cut);
        var append = Things.Append("s", ExpectedVersion.NoStream, events: 3) with { Idempotency = Things.Keyed("k") };
        Assert.Equal(3, (await AppendedAsync(cutOff, append)).Version);

        Assert.Equal(1, proxy.Cuts);
        var other = await StartAsync([Things.CountByStream]);
        var stored = await other.Store.ReadStreamAsync("almena", "s", cancellationToken: Cancel);
        Assert.Equal(append.Events.Select(e => e.Id), stored.Select(e => e.Id));
        Assert.Equal(3L, await ScalarAsync<long>(other, "select n from read_count"));
        await AssertWholeAsync(other, gapless: false);
    }

    [Theory]
    [InlineData(Cut.Before)]
    [InlineData(Cut.After)]
    public async Task A_whole_batch_that_lost_its_connection_at_COMMIT_is_resolved_append_by_append(Cut cut)
    {
        await using var proxy = new CuttingProxy(Database);
        var cutOff = await StartAsync([Things.CountByTenant], proxy.ConnectionString);
        var direct = await StartAsync([Things.CountByTenant]);
        await AppendedAsync(direct, Things.Append("taken"));
        await using var blocker = await HoldLockAsync(direct);
        var underWay = Enumerable.Range(0, 20).Select(i => cutOff.Store.AppendAsync(Things.Append(i % 5 == 0 ? "taken" : $"s{i}", ExpectedVersion.NoStream), Cancel)).ToArray();
        await UntilAnAppendWaitsAsync(direct);
        proxy.CutNextCommit(cut);
        await ReleaseLockAsync(blocker);

        var results = await Task.WhenAll(underWay);
        Assert.Equal(1, proxy.Cuts);
        var stored = (await LogAsync(direct)).Select(e => e.Stream).ToHashSet();
        for (var i = 0; i < results.Length; i++)
        {
            if (i % 5 == 0)
                Assert.Equal(new AppendResult.VersionConflict(1), results[i]);
            else
                Assert.True(results[i] is AppendResult.Appended && stored.Contains($"s{i}"));
        }
        Assert.Equal((await LogAsync(direct)).Count, await ScalarAsync<long>(direct, "select n from read_tenant"));
        await AssertWholeAsync(direct, gapless: false);
    }

    [Fact]
    public async Task A_writer_that_freezes_inside_its_transaction_does_not_stop_the_others_for_ever()
    {
        await using var proxy = new CuttingProxy(Database);
        var frozen = await StartAsync(database: proxy.ConnectionString, settings: [("LockTimeoutMs", "1000"), ("AppendTimeoutMs", "60000")]);
        var other = await StartAsync(settings: [("LockTimeoutMs", "500"), ("AppendTimeoutMs", "60000")]);
        proxy.CutNextCommit(Cut.Frozen);
        var lost = frozen.Store.AppendAsync(Things.Append("s"), Cancel);
        await UntilAsync(() => Task.FromResult(proxy.Cuts == 1), "the writer froze");
        await AppendedAsync(other, Things.Append("t"));
        await Record.ExceptionAsync(() => lost);
    }

    [Fact]
    public async Task What_was_acknowledged_survives_kill_9_of_the_server_and_nothing_is_half_written()
    {
        await using var own = await PostgresServer.StartPrivateAsync();
        var database = await own.CreateDatabaseAsync();
        var replica = await StartAsync([Things.CountByStream], database, settings: ("AppendTimeoutMs", "60000"));
        var acknowledged = new ConcurrentDictionary<Guid, (string Stream, long Version)>();
        using var enough = new CancellationTokenSource();
        var writers = Enumerable.Range(0, 24).Select(w => WriteUntilAsync(replica, $"s{w}", acknowledged, enough.Token)).ToArray();
        for (var kill = 1; kill <= 2; kill++)
        {
            var before = acknowledged.Count;
            await UntilAsync(() => Task.FromResult(acknowledged.Count > before + 300), "appends were acknowledged");
            await own.KillAsync();
            await own.RestartAsync();
        }
        var last = acknowledged.Count;
        await UntilAsync(() => Task.FromResult(acknowledged.Count > last + 100), "the writers went on");
        await enough.CancelAsync();
        await Task.WhenAll(writers);

        var stored = (await LogAsync(replica)).ToDictionary(e => e.Id);
        Assert.All(acknowledged, a => Assert.Equal(a.Value, (stored[a.Key].Stream, stored[a.Key].Version)));
        Assert.All(stored.Values.GroupBy(e => e.Stream), stream => Assert.Equal(0, stream.Count() % 3));
        Assert.Equal(stored.Count, await ScalarAsync<long>(replica, "select sum(n)::bigint from read_count"));
        await AssertWholeAsync(replica, gapless: false);
    }

    /// <summary>Appends three events at a time; after an unknown outcome it looks where the stream stands, as a use case would.</summary>
    private static async Task WriteUntilAsync(Replica replica, string stream, ConcurrentDictionary<Guid, (string, long)> acknowledged, CancellationToken enough)
    {
        var version = 0L;
        while (!enough.IsCancellationRequested)
        {
            var append = Things.Append(stream, ExpectedVersion.Exactly(version), events: 3);
            try
            {
                switch (await replica.Store.AppendAsync(append, Cancel))
                {
                    case AppendResult.Appended appended:
                        for (var i = 0; i < 3; i++)
                            acknowledged[append.Events[i].Id] = (stream, version + i + 1);
                        version = appended.Version;
                        break;
                    case AppendResult.VersionConflict conflict:
                        version = conflict.ActualVersion;
                        break;
                }
            }
            catch (EventStoreUnavailableException)
            {
                await Task.Delay(20, Cancel);
            }
        }
    }
}

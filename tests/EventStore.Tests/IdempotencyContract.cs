namespace Integritet.EventStore.Tests;

/// <summary>Repeats have one effect and one answer.</summary>
public abstract class IdempotencyContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    [Fact]
    public async Task A_repeat_gets_the_first_answer_and_stores_nothing()
    {
        var replica = await StartAsync();
        var first = Things.Append("s", ExpectedVersion.NoStream) with { Idempotency = Things.Keyed("k", hash: 7, resource: "r7") };
        await AppendedAsync(replica, first);
        var repeated = Assert.IsType<AppendResult.Repeated>(await replica.Store.AppendAsync(Things.Append("other") with { Idempotency = Things.Keyed("k", hash: 8, resource: "r8") }, Cancel));
        Assert.Equal(("r7", 201, (byte)7), (repeated.First.ResourceId, repeated.First.Status, repeated.First.RequestHash[0]));
        Assert.Equal(1, await replica.Store.HeadAsync(Cancel));
        Assert.Equal("r7", (await replica.Store.FindIdempotencyAsync(first.Idempotency!.Scope, Cancel))!.ResourceId);
        await AppendedAsync(replica, Things.Append("other") with { Idempotency = Things.Keyed("k", tenant: "netip") });
    }

    [Fact]
    public async Task Concurrent_twins_have_one_effect_and_the_others_get_the_first_answer()
    {
        var replicas = new[] { await StartAsync(), await StartAsync() };
        var results = await Task.WhenAll(Enumerable.Range(0, 60).Select(i =>
            replicas[i % 2].Store.AppendAsync(Things.Append($"s{i}") with { Idempotency = Things.Keyed("k", resource: $"r{i}") }, Cancel)));
        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Single(results.OfType<AppendResult.Repeated>().Select(r => r.First.ResourceId).Distinct());
        Assert.Equal(1, await replicas[0].Store.HeadAsync(Cancel));
    }

    [Fact]
    public async Task A_key_is_not_recorded_without_the_work()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s"));
        var record = Things.Keyed("k");
        Assert.IsType<AppendResult.VersionConflict>(await replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.NoStream) with { Idempotency = record }, Cancel));
        Assert.Null(await replica.Store.FindIdempotencyAsync(record.Scope, Cancel));
        await Assert.ThrowsAsync<EventStoreRejectedException>(() => replica.Store.AppendAsync(Things.Append("s", json: """{"a": "\u0000"}""") with { Idempotency = record }, Cancel));
        Assert.Null(await replica.Store.FindIdempotencyAsync(record.Scope, Cancel));
    }

    [Fact]
    public async Task A_message_consumed_before_stores_nothing_even_beside_its_twin()
    {
        var replica = await StartAsync();
        var message = new ConsumedMessage(Guid.CreateVersion7(), "restrictions");
        var results = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => replica.Store.AppendAsync(Things.Append("s") with { Consumed = message }, Cancel)));
        Assert.Single(results.OfType<AppendResult.Appended>());
        Assert.Equal(9, results.OfType<AppendResult.AlreadyConsumed>().Count());
        await AppendedAsync(replica, Things.Append("s") with { Consumed = message with { Consumer = "objections" } });
    }

    [Fact]
    public async Task A_key_is_forgotten_after_48_hours_and_its_row_deleted()
    {
        var clock = new SettableClock(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        var replica = await StartAsync(services: clock.Register);
        var keyed = Things.Append("s") with { Idempotency = Things.Keyed("k") };
        await AppendedAsync(replica, keyed);
        clock.Now = clock.Now.AddHours(47);
        Assert.IsType<AppendResult.Repeated>(await replica.Store.AppendAsync(keyed, Cancel));
        clock.Now = clock.Now.AddHours(2);
        Assert.Null(await replica.Store.FindIdempotencyAsync(keyed.Idempotency!.Scope, Cancel));
        await AppendedAsync(replica, keyed with { Events = [Things.Event()] });
        await replica.Hosted<ExpiredRecords>().DeleteAsync(Cancel);
        Assert.Equal(1L, await ScalarAsync<long>(replica, "select count(*) from integritet_idempotency"));
        clock.Now = clock.Now.AddHours(49);
        await replica.Hosted<ExpiredRecords>().DeleteAsync(Cancel);
        Assert.Equal(0L, await ScalarAsync<long>(replica, "select count(*) from integritet_idempotency"));
    }
}

namespace Integritet.PersonalData.Tests;

public sealed class KeyDestructionTests(Database database)
{
    private readonly string[] _keys = [Replica.NewKey()];

    [Fact]
    public async Task What_was_sealed_with_a_destroyed_key_is_gone_and_the_rest_stays()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"));
        await replica.AppendAsync("contact-2", new ContactAgreed("ps_a", "phone", "+46701234567"));
        await replica.AppendAsync("contact-3", new ContactAgreed("ps_b", "email", "b@mail.example"));
        var before = (await replica.RecordedAsync("contact-1")).Data.ToArray();

        var destruction = await replica.Keys.DestroyAsync(Replica.Tenant, "ps_a", ["contact-1", "contact-3"], TestContext.Current.CancellationToken);

        Assert.Equal(1, destruction.Keys);
        Assert.Equal(new ContactAgreed("ps_a", "email", null), Assert.Single(await replica.ReadAsync("contact-1")));
        Assert.Equal(new ContactAgreed("ps_a", "phone", "+46701234567"), Assert.Single(await replica.ReadAsync("contact-2")));
        Assert.Equal(new ContactAgreed("ps_b", "email", "b@mail.example"), Assert.Single(await replica.ReadAsync("contact-3")));
        Assert.Equal(before, (await replica.RecordedAsync("contact-1")).Data.ToArray());
    }

    [Fact]
    public async Task A_destruction_reaches_no_other_tenant()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"), "netip");

        Assert.Equal(0, (await replica.Keys.DestroyAsync(Replica.Tenant, streams: ["contact-1"], cancellationToken: TestContext.Current.CancellationToken)).Keys);

        Assert.Equal(new ContactAgreed("ps_a", "email", "a@mail.example"), Assert.Single(await replica.ReadAsync("contact-1", "netip")));
    }

    [Fact]
    public async Task Another_replica_is_told_at_once()
    {
        var service = await database.CreateAsync();
        await using var one = await Replica.StartAsync(service, _keys, cacheSeconds: 3600);
        await using var two = await Replica.StartAsync(service, _keys, cacheSeconds: 3600);
        await one.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"));
        await UntilListening(one, listeners: 2);
        Assert.Equal("a@mail.example", await ValueAsync(two));

        await one.Keys.DestroyAsync(Replica.Tenant, "ps_a", cancellationToken: TestContext.Current.CancellationToken);

        await Until.TrueAsync(async () => await ValueAsync(two) is null);
    }

    [Fact]
    public async Task A_replica_that_hears_nothing_has_forgotten_when_the_destruction_is_confirmed()
    {
        var service = await database.CreateAsync();
        const int CacheSeconds = 3;
        await using var one = await Replica.StartAsync(service, _keys, CacheSeconds);
        await using var deaf = await Replica.StartAsync(service, _keys, CacheSeconds, listens: false);
        await one.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"));
        var asked = TimeProvider.System.GetUtcNow();
        Assert.Equal("a@mail.example", await ValueAsync(deaf));

        var destruction = await one.Keys.DestroyAsync(Replica.Tenant, "ps_a", cancellationToken: TestContext.Current.CancellationToken);

        // It holds the key for as long as it may: it has heard nothing. On a very slow machine that is over by now.
        var (still, looked) = (await ValueAsync(deaf), TimeProvider.System.GetUtcNow());
        Assert.True(still == "a@mail.example" || looked >= asked.AddSeconds(CacheSeconds), $"{still} at {looked:O}, asked at {asked:O}");
        await Until.TrueAsync(() => Task.FromResult(TimeProvider.System.GetUtcNow() > destruction.ConfirmedAt));
        Assert.Null(await ValueAsync(deaf));
    }

    [Fact]
    public async Task A_returning_customer_gets_new_keys()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"));
        await replica.Keys.DestroyAsync(Replica.Tenant, "ps_a", cancellationToken: TestContext.Current.CancellationToken);

        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "new@mail.example"));

        Assert.Equal([new ContactAgreed("ps_a", "email", null), new ContactAgreed("ps_a", "email", "new@mail.example")], await replica.ReadAsync("contact-1"));
    }

    [Fact]
    public async Task Rows_of_destroyed_keys_hold_no_key_and_expire()
    {
        await using var replica = await Replica.StartAsync(await database.CreateAsync(), _keys);
        await replica.AppendAsync("contact-1", new ContactAgreed("ps_a", "email", "a@mail.example"));
        await replica.AppendAsync("contact-2", new ContactAgreed("ps_b", "email", "b@mail.example"));
        await replica.Keys.DestroyAsync(Replica.Tenant, "ps_a", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(1L, await replica.ScalarAsync("select count(*) from keys.data_key where subject = 'ps_a' and wrapped is null and kek_id is null"));
        Assert.Equal(0, await replica.Keys.ExpireAsync(TimeProvider.System.GetUtcNow().AddMinutes(-5), TestContext.Current.CancellationToken));
        Assert.Equal(1, await replica.Keys.ExpireAsync(TimeProvider.System.GetUtcNow().AddMinutes(5), TestContext.Current.CancellationToken));
        Assert.Equal(1L, await replica.ScalarAsync("select count(*) from keys.data_key"));
        Assert.Equal(new ContactAgreed("ps_a", "email", null), Assert.Single(await replica.ReadAsync("contact-1")));
    }

    [Fact]
    public async Task Twins_that_write_the_first_event_of_a_record_share_its_key()
    {
        var service = await database.CreateAsync();
        await using var one = await Replica.StartAsync(service, _keys);
        await using var two = await Replica.StartAsync(service, _keys);

        await Task.WhenAll(Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? one : two).AppendAsync("contact-1", new ContactAgreed("ps_a", "email", $"a{i}@mail.example"))));

        Assert.Equal(1L, await one.ScalarAsync("select count(*) from keys.data_key"));
        Assert.Equal(
            Enumerable.Range(0, 60).Select(i => $"a{i}@mail.example").Order(StringComparer.Ordinal),
            (await two.ReadAsync("contact-1")).Select(e => ((ContactAgreed)e).Value!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task More_records_than_the_cache_holds_are_all_readable()
    {
        await using var small = await Replica.StartAsync(await database.CreateAsync(), _keys, maxCachedKeys: 2);

        for (var i = 0; i < 20; i++)
            await small.AppendAsync($"contact-{i}", new ContactAgreed($"ps_{i}", "email", $"a{i}@mail.example"));

        for (var i = 0; i < 20; i++)
            Assert.Equal($"a{i}@mail.example", ((ContactAgreed)Assert.Single(await small.ReadAsync($"contact-{i}"))).Value);
    }

    private static async Task<string?> ValueAsync(Replica replica) => ((ContactAgreed)Assert.Single(await replica.ReadAsync("contact-1"))).Value;

    // One that still says so does not listen yet.
    private static async Task UntilListening(Replica replica, int listeners) => await Until.TrueAsync(async () => (long)(await replica.ScalarAsync(
        "select count(*) from pg_stat_activity where datname = current_database() and state = 'idle' and query ilike 'listen integritet_keys%'"))! == listeners);
}

namespace Integritet.EventStore.Tests;

/// <summary>Appending, whichever writer does it.</summary>
public abstract class AppendContract(SharedPostgres server, Writer writer) : Contract(server, writer)
{
    [Fact]
    public async Task Events_come_back_as_they_were_appended()
    {
        var replica = await StartAsync();
        var metadata = new EventMetadata("correlation-7", "causation-7", "key-7") { Subjects = ["ps_a", "ps_b"], TraceParent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01" };
        var append = Things.Append("s", ExpectedVersion.NoStream, events: 2) with { Metadata = metadata };
        var appended = await AppendedAsync(replica, append);

        var recorded = await replica.Store.ReadStreamAsync("almena", "s", cancellationToken: Cancel);
        Assert.Equal([1L, 2L], recorded.Select(r => r.Version));
        Assert.Equal(append.Events.Select(e => e.Id), recorded.Select(r => r.Id));
        Assert.Equal((2, recorded[1].Position, recorded[1].Timestamp), (appended.Version, appended.Position, appended.CommittedAt));
        Assert.All(recorded, r =>
        {
            Assert.Equal(("almena", "s", Things.Type, """{"a": 1}"""), (r.Tenant, r.Stream, r.Type, System.Text.Encoding.UTF8.GetString(r.Data.Span)));
            Assert.Equal(("correlation-7", "causation-7", "key-7", metadata.TraceParent), (r.Metadata.CorrelationId, r.Metadata.CausationId, r.Metadata.Actor, r.Metadata.TraceParent));
            Assert.Equal(metadata.Subjects, r.Metadata.Subjects);
        });
        Assert.Equal("Things.Done, Things", await ScalarAsync<string>(replica, "select distinct mt_dotnet_type from mt_events"));
        Assert.Equal("thing", await ScalarAsync<string>(replica, "select type from mt_streams"));
        await AssertWholeAsync(replica);
    }

    [Fact]
    public async Task Of_a_thousand_concurrent_appends_to_one_stream_exactly_one_wins_each_version()
    {
        var replica = await StartAsync(settings: ("AppendTimeoutMs", "60000"));
        var other = await StartAsync(settings: ("AppendTimeoutMs", "60000"));
        const int callers = 1000, versions = 3;
        for (var version = 0; version < versions; version++)
        {
            var results = await Task.WhenAll(Enumerable.Range(0, callers).Select(i =>
                (i % 2 == 0 ? replica : other).Store.AppendAsync(Things.Append("s", ExpectedVersion.Exactly(version)), Cancel)));
            Assert.Equal(version + 1, Assert.Single(results.OfType<AppendResult.Appended>()).Version);
            Assert.All(results.OfType<AppendResult.VersionConflict>(), c => Assert.Equal(version + 1, c.ActualVersion));
            Assert.Equal(callers - 1, results.OfType<AppendResult.VersionConflict>().Count());
        }
        Assert.Equal(versions, (await LogAsync(replica)).Count);
        await AssertWholeAsync(replica);
    }

    [Fact]
    public async Task A_batch_with_conflicts_a_poisonous_append_and_two_on_one_stream_and_row_settles_each_on_its_own()
    {
        var replica = await StartAsync([Things.CountByTenant, Things.CountByStream]);
        await AppendedAsync(replica, Things.Append("taken", ExpectedVersion.NoStream));
        await using var blocker = await HoldLockAsync(replica);
        var conflict = replica.Store.AppendAsync(Things.Append("taken", ExpectedVersion.NoStream), Cancel);
        var first = replica.Store.AppendAsync(Things.Append("shared", ExpectedVersion.NoStream), Cancel);
        var poisonous = replica.Store.AppendAsync(Things.Append("poison", json: """{"a": "\u0000"}"""), Cancel);
        var second = replica.Store.AppendAsync(Things.Append("shared", ExpectedVersion.Exactly(1), events: 2), Cancel);
        var late = replica.Store.AppendAsync(Things.Append("shared", ExpectedVersion.Exactly(1)), Cancel);
        await ReleaseLockAsync(blocker);

        Assert.Equal(new AppendResult.VersionConflict(1), await conflict);
        Assert.Equal(1, Assert.IsType<AppendResult.Appended>(await first).Version);
        await Assert.ThrowsAsync<EventStoreRejectedException>(() => poisonous);
        Assert.Equal(3, Assert.IsType<AppendResult.Appended>(await second).Version);
        Assert.Equal(new AppendResult.VersionConflict(3), await late);
        Assert.Equal(4L, await ScalarAsync<long>(replica, "select n from read_tenant where tenant_id = 'almena'"));
        Assert.Equal(3L, await ScalarAsync<long>(replica, "select n from read_count where stream_id = 'shared'"));
        Assert.Empty(await replica.Store.ReadStreamAsync("almena", "poison", cancellationToken: Cancel));
        await AssertWholeAsync(replica);
    }

    [Fact]
    public async Task A_refused_append_burns_no_number()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s", ExpectedVersion.NoStream));
        await Task.WhenAll(Enumerable.Range(0, 50).Select(_ => replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.NoStream), Cancel)));
        Assert.Equal(2, (await AppendedAsync(replica, Things.Append("s", ExpectedVersion.Exactly(1)))).Position);
    }

    [Fact]
    public async Task The_sequence_stands_where_the_log_ends_so_that_Martens_own_tools_go_on_from_there()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s", events: 7));
        await replica.Store.AppendAsync(Things.Append("s", ExpectedVersion.NoStream, events: 5), Cancel);
        Assert.Equal(7L, await ScalarAsync<long>(replica, "select last_value from mt_events_sequence where is_called"));
    }

    [Fact]
    public async Task An_append_of_a_thousand_events_is_stored_whole_and_in_order()
    {
        var replica = await StartAsync();
        var append = Things.Append("s", ExpectedVersion.NoStream, events: 1000);
        Assert.Equal(1000, (await AppendedAsync(replica, append)).Version);
        Assert.Equal(append.Events.Select(e => e.Id), (await LogAsync(replica)).Select(e => e.Id));
    }

    [Fact]
    public async Task An_append_past_the_limits_is_refused_before_it_meets_others()
    {
        var replica = await StartAsync(settings: [("MaxBatchEvents", "10"), ("MaxBatchBytes", "1000")]);
        await Assert.ThrowsAsync<ArgumentException>(() => replica.Store.AppendAsync(Things.Append("s", events: 11), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => replica.Store.AppendAsync(Things.Append("s", json: $$"""{"a": "{{new string('x', 1000)}}"}"""), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => replica.Store.AppendAsync(Things.Append("s\0"), Cancel));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => replica.Store.AppendAsync(Things.Append("s\ud800"), Cancel));
        await Assert.ThrowsAsync<ArgumentException>(() => replica.Store.AppendAsync(Things.Append(new string('s', 501)), Cancel));
        Assert.Equal(0, await replica.Store.HeadAsync(Cancel));
    }

    [Fact]
    public async Task Tenants_cannot_see_each_other()
    {
        var replica = await StartAsync([Things.CountByStream]);
        await AppendedAsync(replica, Things.Append("s", ExpectedVersion.NoStream, events: 2, tenant: "almena"));
        Assert.Equal(1, (await AppendedAsync(replica, Things.Append("s", ExpectedVersion.NoStream, tenant: "netip"))).Version);
        Assert.Equal(2, (await replica.Store.ReadStreamAsync("almena", "s", cancellationToken: Cancel)).Count);
        Assert.Equal("netip", Assert.Single(await replica.Store.ReadStreamAsync("netip", "s", cancellationToken: Cancel)).Tenant);
        Assert.Empty(await replica.Store.ReadStreamAsync("other", "s", cancellationToken: Cancel));
        Assert.Equal(1L, await ScalarAsync<long>(replica, "select n from read_count where tenant_id = 'netip'"));
    }

    [Fact]
    public async Task A_commit_stamp_never_goes_back_even_if_the_clock_does()
    {
        var clock = new SettableClock(new DateTimeOffset(2026, 11, 21, 12, 0, 0, TimeSpan.Zero));
        var replica = await StartAsync(services: clock.Register);
        var first = await AppendedAsync(replica, Things.Append("s"));
        clock.Now -= TimeSpan.FromHours(1);
        var second = await AppendedAsync(replica, Things.Append("s"));
        Assert.Equal(first.CommittedAt.AddMicroseconds(1), second.CommittedAt);
    }

    [Fact]
    public async Task A_commit_stamp_is_taken_under_the_lock()
    {
        var replica = await StartAsync();
        await using var blocker = await HoldLockAsync(replica);
        var append = replica.Store.AppendAsync(Things.Append("s"), Cancel);
        await UntilAnAppendWaitsAsync(replica);
        var released = TimeProvider.System.GetUtcNow();
        await ReleaseLockAsync(blocker);
        Assert.True(Assert.IsType<AppendResult.Appended>(await append).CommittedAt >= released.AddMicroseconds(-1));
    }

    [Fact]
    public async Task An_event_may_tell_itself_whom_it_concerns()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s") with { Events = [Things.Event(), Things.Event() with { Subjects = ["ps_2"] }] });
        Assert.Equal([["ps_1"], ["ps_2"]], (await LogAsync(replica)).Select(r => r.Metadata.Subjects));
    }

    [Fact]
    public async Task Bulk_appends_are_stored_too_and_let_interactive_ones_pass()
    {
        var replica = await StartAsync(settings: [("MaxBatchAppends", "8"), ("AppendTimeoutMs", "60000")]);
        await using var blocker = await HoldLockAsync(replica);
        var bulk = Enumerable.Range(0, 200).Select(i => replica.Store.AppendAsync(Things.Append($"bulk-{i}") with { Priority = AppendPriority.Bulk }, Cancel)).ToArray();
        var interactive = replica.Store.AppendAsync(Things.Append("person"), Cancel);
        await ReleaseLockAsync(blocker);

        var mine = Assert.IsType<AppendResult.Appended>(await interactive);
        var theirs = (await Task.WhenAll(bulk)).Select(r => Assert.IsType<AppendResult.Appended>(r).Position).ToArray();
        Assert.True(theirs.Count(position => position < mine.Position) < 100, $"{mine.Position} is behind most of the bulk");
    }

    [Fact]
    public async Task A_caller_that_gives_up_while_its_append_waits_has_nothing_stored()
    {
        var replica = await StartAsync();
        await AppendedAsync(replica, Things.Append("s"));
        await using var blocker = await HoldLockAsync(replica);
        var underWay = replica.Store.AppendAsync(Things.Append("first"), Cancel);
        await UntilAnAppendWaitsAsync(replica);
        using var givesUp = new CancellationTokenSource();
        var waiting = replica.Store.AppendAsync(Things.Append("second"), givesUp.Token);
        await givesUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await ReleaseLockAsync(blocker);
        Assert.IsType<AppendResult.Appended>(await underWay);
        Assert.Empty(await replica.Store.ReadStreamAsync("almena", "second", cancellationToken: Cancel));
    }
}

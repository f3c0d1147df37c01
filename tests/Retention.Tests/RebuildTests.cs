using Integritet.Platform.EventStore.Projections;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Runs;

namespace Integritet.Retention.Tests;

/// <summary>The holdings' table is built anew from the log as it was kept event by event, whatever stands together in one statement then.</summary>
public sealed class RebuildTests(RunStore store)
{
    private readonly TestController _controller = new(store);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_rebuilt_table_says_of_every_holding_what_the_kept_one_said()
    {
        await _controller.HoldAsync(6);
        await _controller.HoldAsync(3, act: RetentionAct.MoveThenErase, atOnce: true);
        await RunAsync();
        var issued = await _controller.InstructionsAsync();
        foreach (var row in issued.Where((_, i) => i % 3 == 0))
            await _controller.ConfirmAsync(row.Issued);
        // Their confirmations go with the first statement of a rebuild, their instructions with a later one.
        var moved = await _controller.HoldAsync(2, act: RetentionAct.MoveThenErase);
        await RunAsync();
        foreach (var row in (await _controller.InstructionsAsync()).Where(row => moved.Contains(row.Issued.HoldingId)))
            await _controller.ConfirmAsync(row.Issued);
        var before = await RowsAsync();
        Assert.Contains(before, row => row.EndsWith("erased", StringComparison.Ordinal) || row.EndsWith("moved", StringComparison.Ordinal));
        Assert.Contains(before, row => row.EndsWith("instructed", StringComparison.Ordinal));

        await store.Get<InlineProjections>().RebuildAsync("holdings", Cancel);

        Assert.Equal(before, await RowsAsync());
    }

    [Fact]
    public async Task A_rebuilt_register_says_of_every_instruction_what_the_kept_one_said()
    {
        await _controller.HoldAsync(6);
        await RunAsync();
        var issued = (await _controller.InstructionsAsync()).Select(row => row.Issued).ToArray();
        await _controller.ConfirmAsync(issued[0]);
        await store.Get<FollowUp>().DestroyKeysAsync(Cancel);
        await ToldAgainAsync(issued[1]);
        await _controller.AppendAsync($"instruction-{issued[2].InstructionId}", new InstructionEvent.Escalated(issued[2].InstructionId, issued[2].HoldingId, "mail", issued[2].Deadline, store.Clock.Now));
        // Told again before it was recalled, and issued again after that.
        await ToldAgainAsync(issued[3]);
        foreach (var (one, released) in new[] { (issued[3], true), (issued[4], false) })
        {
            var hold = Guid.CreateVersion7();
            await _controller.PlaceHoldAsync(hold, holdings: [one.HoldingId], recalled: [new RecalledInstruction(one.InstructionId, one.HoldingId, one.Action, one.System, one.Reference)]);
            if (released)
                await _controller.ReleaseAsync(hold);
        }
        await _controller.PlanAnewAsync();
        await RunAsync();
        var before = await _controller.InstructionsAsync();
        Assert.Equal(["confirmed", "issued", "issued", "issued", "issued", "recalled"], before.Select(row => row.Status).Order(StringComparer.Ordinal));
        Assert.Equal(2, before.Count(row => row.Attempt == 2));

        await store.Get<InlineProjections>().RebuildAsync("instructions", Cancel);
        Assert.Equal(before, await _controller.InstructionsAsync());
        Assert.Equal(0, await WithKeysAsync());

        async Task ToldAgainAsync(IssuedInstruction one)
        {
            var stream = $"instruction-{one.InstructionId}";
            await _controller.AppendAsync(stream, new InstructionEvent.Failed(one.InstructionId, one.Subject, one.System, 1, "locked", store.Clock.Now, store.Clock.Now.AddHours(1)));
            await _controller.AppendAsync(stream, new InstructionEvent.Retried(one, 2, one.Deadline));
        }

        async Task<int> WithKeysAsync() => (await store.Get<InstructionList>().WithKeysAsync(Cancel)).Count(one => one.Controller == _controller.Id);
    }

    [Fact]
    public async Task A_holding_has_the_same_row_however_its_registration_was_stored()
    {
        var (grouped, byLine, single) = (Holdings(), Holdings(), Holdings());
        var groups = ImportedGroup.Of(grouped);
        Assert.Equal(3, groups.Count);

        await _controller.AppendAsync("import-1", new HoldingsImported("import-1", 1, 9, 2, 3, 1, long.MaxValue, 4, groups));
        await _controller.AppendAsync("import-1", new HoldingsImportedByLine("import-1", 10, 18, 2, 3, 1, long.MaxValue, byLine));
        foreach (var one in single)
            await _controller.AppendAsync($"holding-{one.HoldingId}", new HoldingRegistered(one.HoldingId, one.Generation, one.Data, one.Plan, 1, long.MaxValue));

        var rows = await RowsOfAsync(grouped);
        Assert.Contains(rows, row => row.Contains("k-3", StringComparison.Ordinal) && row.Contains("2026-12-01", StringComparison.Ordinal));
        Assert.Equal(rows, await RowsOfAsync(byLine));
        Assert.Equal(rows, await RowsOfAsync(single));
        Assert.Equal((18, 12, 6), await ImportedAsync());
    }

    private static ImportedHolding[] Holdings() =>
    [
        Holding("crm", 1, new("BG-10", At(30), At(31), null, RetentionAct.Erase, null), data => data with { Customer = "k-3", CustomerOwned = true }),
        Holding("mail", 2, new("NI-7", null, null, At(60), RetentionAct.MoveThenErase, "case"), data => data with { Relevant = true, Categories = ["a-category", "mail-message"] }),
        Holding("crm", 1, new("BG-10", null, null, null, RetentionAct.Erase, null), data => data with { CustomerOwned = true, CustomerControlled = true }),
        Holding("crm", 3, new("BG-10", null, null, At(9), RetentionAct.Erase, null), data => data with { CustomerOwned = true, Reference = $"{data.Reference} \"so\" with {{brackets}}, [commas] and \\" }),
    ];

    private static DateTimeOffset At(int day) => new DateTimeOffset(2026, 11, 1, 8, 0, 0, TimeSpan.Zero).AddDays(day);

    private static ImportedHolding Holding(string system, int generation, PlanTold plan, Func<HeldData, HeldData> with)
    {
        var id = Guid.CreateVersion7();
        return new ImportedHolding(id, generation, with(new HeldData("ps_anna", system, $"reference-{id}", ["device-access"], ["service-delivery", "technical-service"], At(0))), plan);
    }

    private async Task<(long LastLine, long Accepted, long Rejected)> ImportedAsync()
    {
        await using var command = store.Database.CreateCommand("select last_line, accepted, rejected from holding_import where tenant_id = $1");
        command.Parameters.Add(new() { Value = _controller.Id });
        await using var row = await command.ExecuteReaderAsync(Cancel);
        Assert.True(await row.ReadAsync(Cancel));
        return (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
    }

    /// <summary>Everything but where in the log they stand, each holding's own id as its number.</summary>
    private async Task<List<string>> RowsOfAsync(ImportedHolding[] holdings)
    {
        await using var command = store.Database.CreateCommand(
            "select (to_jsonb(h) - 'position' - 'status_position')::text from unnest($2) with ordinality as i(id, n) join holding h on h.tenant_id = $1 and h.holding_id = i.id order by i.n");
        command.Parameters.Add(new() { Value = _controller.Id });
        command.Parameters.Add(new() { Value = holdings.Select(h => h.HoldingId).ToArray() });
        await using var row = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<string>();
        while (await row.ReadAsync(Cancel))
            rows.Add(row.GetString(0).Replace(holdings[rows.Count].HoldingId.ToString(), $"holding {rows.Count}", StringComparison.Ordinal));
        Assert.Equal(holdings.Length, rows.Count);
        return rows;
    }

    private async Task RunAsync()
    {
        var (runId, _) = await _controller.StartRunAsync();
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
    }

    private async Task<List<string>> RowsAsync()
    {
        await using var command = store.Database.CreateCommand("select holding_id, due_at, gone_at is null, status from holding where tenant_id = $1 order by holding_id");
        command.Parameters.Add(new() { Value = _controller.Id });
        await using var row = await command.ExecuteReaderAsync(Cancel);
        var rows = new List<string>();
        while (await row.ReadAsync(Cancel))
            rows.Add($"{row.GetGuid(0)} {row.GetDateTime(1):O} {row.GetBoolean(2)} {row.GetString(3)}");
        return rows;
    }
}

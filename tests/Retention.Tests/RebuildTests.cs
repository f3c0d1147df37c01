using Integritet.Platform.EventStore.Projections;
using Integritet.Platform.PolicyEngine;
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

using System.Diagnostics.Metrics;
using System.Text.Json;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Runs;

[assembly: AssemblyFixture(typeof(Integritet.Retention.Tests.RunStore))]

namespace Integritet.Retention.Tests;

/// <summary>Runs on a real store: what they plan, what they instruct, and that they come through any end of the process.</summary>
public sealed class RunExecutionTests(RunStore store)
{
    private readonly TestController _controller = new(store);

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_dry_run_counts_what_is_due_held_and_neither_and_gives_the_same_hash_again()
    {
        var due = await _controller.HoldAsync(3);
        var held = await _controller.HoldAsync(2);
        await _controller.HoldAsync(4, dueAt: store.Clock.Now.AddDays(1));
        await _controller.PlaceHoldAsync(Guid.CreateVersion7(), holdings: held);
        var plan = await _controller.PlanAsync();
        Assert.Equal((3, 2, 4), (plan.Due, plan.OnHold, plan.NotDue));
        Assert.Equal(plan, await _controller.PlanAsync());
        using var expected = new PlanHash();
        foreach (var holding in due.Order())
            expected.Add(holding, InstructionAction.Erase, "NI-1", store.Clock.Now.AddHours(-1).UtcDateTime);
        Assert.Equal(expected.Finish(), plan.PlanHash);
    }

    [Fact]
    public async Task The_plan_hash_is_of_due_items_only()
    {
        await _controller.HoldAsync(2);
        var before = await _controller.PlanAsync();
        await _controller.HoldAsync(5, dueAt: store.Clock.Now.AddDays(1));
        Assert.Equal(before.PlanHash, (await _controller.PlanAsync()).PlanHash);
        await _controller.HoldAsync(1);
        Assert.NotEqual(before.PlanHash, (await _controller.PlanAsync()).PlanHash);
    }

    [Fact]
    public async Task A_dry_run_may_look_ahead()
    {
        await _controller.HoldAsync(4, dueAt: store.Clock.Now.AddDays(1));
        Assert.Equal(0, (await _controller.PlanAsync()).Due);
        Assert.Equal(4, (await _controller.PlanAsync(asOf: store.Clock.Now.AddDays(1))).Due);
    }

    [Fact]
    public async Task Every_hold_on_an_item_is_listed_with_its_case()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, subject: "ps_bo"));
        var (one, other, released) = (Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7());
        await _controller.PlaceHoldAsync(one, subject: "ps_bo");
        await _controller.PlaceHoldAsync(other, subject: "ps_bo", holdings: [holding]);
        await _controller.PlaceHoldAsync(released, holdings: [holding]);
        await _controller.ReleaseAsync(released);
        var runId = Guid.CreateVersion7();
        Assert.Equal((0, 1), (await _controller.PlanAsync(runId) is var plan ? plan.Due : 0, plan.OnHold));
        var page = await store.Get<RunPages>().FindAsync(_controller.Id, runId, RunPages.OnHold, 0, Cancel);
        var holds = JsonDocument.Parse(page!).RootElement[0].GetProperty("holds").EnumerateArray().ToArray();
        Assert.Equal(new[] { one, other }.Order(), holds.Select(h => h.GetProperty("holdId").GetGuid()));
        Assert.All(holds, hold => Assert.Equal(("court-17", "LAW-17", "legal-hold"), (hold.GetProperty("case").GetString(), hold.GetProperty("rule").GetString(), hold.GetProperty("code").GetString())));
    }

    [Fact]
    public async Task A_hold_on_a_person_covers_what_is_held_under_the_persons_other_names_while_they_are_linked()
    {
        await _controller.HoldAsync(2, subject: "ps_customer_number");
        await _controller.HoldAsync(1, subject: "ps_somebody_else");
        await _controller.PlaceHoldAsync(Guid.CreateVersion7(), subject: "ps_email");
        Assert.Equal((3, 0), (await _controller.PlanAsync() is var before ? before.Due : 0, before.OnHold));
        var link = Guid.CreateVersion7();
        await _controller.AppendAsync("received-link", new Subjects.SubjectLinkReceived(1, link, ["ps_email", "ps_customer_number"], Linked: true));
        Assert.Equal((1, 2), (await _controller.PlanAsync() is var linked ? linked.Due : 0, linked.OnHold));
        await _controller.AppendAsync("received-link", new Subjects.SubjectLinkReceived(2, link, ["ps_email", "ps_customer_number"], Linked: false));
        Assert.Equal(0, (await _controller.PlanAsync()).OnHold);
    }

    [Fact]
    public async Task What_a_hold_kept_is_in_the_next_run_after_the_last_release()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, subject: "ps_bo"));
        var (one, other) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await _controller.PlaceHoldAsync(one, subject: "ps_bo");
        await _controller.PlaceHoldAsync(other, holdings: [holding]);
        await RunAsync();
        Assert.Empty(await _controller.InstructionsAsync());
        await _controller.ReleaseAsync(one);
        await RunAsync();
        Assert.Empty(await _controller.InstructionsAsync());
        await _controller.ReleaseAsync(other);
        await RunAsync();
        Assert.Equal(holding, Assert.Single(await _controller.InstructionsAsync()).Issued.HoldingId);
    }

    [Fact]
    public async Task A_hold_placed_after_the_plan_keeps_its_items_from_being_instructed()
    {
        var holdings = await _controller.HoldAsync(5);
        var (runId, _) = await _controller.StartRunAsync();
        await _controller.PlaceHoldAsync(Guid.CreateVersion7(), holdings: [holdings[2]]);
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        Assert.Equal(holdings.Except([holdings[2]]).Order(), (await _controller.InstructionsAsync()).Select(i => i.Issued.HoldingId).Order());
        Assert.Equal(4, Assert.IsType<Run.Done>(await RunOfAsync(runId)).Completed.Instructed);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Killed_between_any_two_steps_a_run_completes_once(bool afterCommit)
    {
        // Two pages and the end: three appends.
        for (var step = 0; step < 3; step++)
        {
            var controller = new TestController(store);
            var holdings = await controller.HoldAsync(1_100);
            var (runId, plan) = await controller.StartRunAsync();
            Assert.Equal(1_100, plan.Due);
            store.Faults.KillAfter(step, afterCommit);
            try
            {
                await Assert.ThrowsAsync<KilledException>(() => store.Get<ExecuteRuns>().ContinueAsync(controller.Id, runId, Cancel));
            }
            finally
            {
                store.Faults.Heal();
            }

            await store.Get<ExecuteRuns>().ContinueAsync(controller.Id, runId, Cancel);
            var done = Assert.IsType<Run.Done>(await RunOfAsync(runId, controller));
            Assert.Equal(1_100, done.Completed.Instructed);
            Assert.Equal(holdings.Order(), (await controller.InstructionsAsync()).Select(i => i.Issued.HoldingId).Order());
            Assert.Equal(0, (await controller.PlanAsync()).Due);
        }
    }

    [Fact]
    public async Task Two_leaders_at_once_carry_a_run_through_once()
    {
        var holdings = await _controller.HoldAsync(2_200);
        var (runId, _) = await _controller.StartRunAsync();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel)));
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        Assert.Equal(2_200, Assert.IsType<Run.Done>(await RunOfAsync(runId)).Completed.Instructed);
        Assert.Equal(holdings.Count, (await _controller.InstructionsAsync()).Count);
    }

    [Fact]
    public async Task What_is_instructed_is_not_due_again_and_what_is_confirmed_is_gone()
    {
        var holdings = await _controller.HoldAsync(2);
        await RunAsync();
        var instructions = await _controller.InstructionsAsync();
        Assert.Equal((0, 0, 0), (await _controller.PlanAsync() is var plan ? plan.Due : 0, plan.OnHold, plan.NotDue));
        Assert.Equal("instructed", await _controller.StatusOfAsync(holdings[0]));
        await _controller.ConfirmAsync(instructions[0].Issued);
        Assert.Equal("erased", await _controller.StatusOfAsync(instructions[0].Issued.HoldingId));
        Assert.Equal("confirmed", (await _controller.InstructionsAsync())[0].Status);
    }

    [Fact]
    public async Task A_hold_recalls_what_was_instructed_and_after_its_release_it_is_instructed_again_by_the_same_id()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1));
        await RunAsync();
        var issued = Assert.Single(await _controller.InstructionsAsync()).Issued;
        var hold = Guid.CreateVersion7();
        await _controller.PlaceHoldAsync(hold, holdings: [holding], recalled: [new RecalledInstruction(issued.InstructionId, holding, issued.Action, issued.System, issued.Reference)]);
        Assert.Equal("recalled", Assert.Single(await _controller.InstructionsAsync()).Status);
        Assert.Equal("held", await _controller.StatusOfAsync(holding));
        // What came to be known while it was instructed is taken into its plan before it goes into a run again.
        Assert.Equal(0, (await _controller.PlanAsync()).OnHold);
        await _controller.PlanAnewAsync();
        Assert.Equal(1, (await _controller.PlanAsync()).OnHold);
        await _controller.ReleaseAsync(hold);
        await RunAsync();
        var again = Assert.Single(await _controller.InstructionsAsync());
        Assert.Equal(("issued", issued.InstructionId), (again.Status, again.Issued.InstructionId));
    }

    [Fact]
    public async Task A_confirmation_wins_over_a_recall_at_the_same_time()
    {
        for (var round = 0; round < 20; round++)
        {
            var controller = new TestController(store);
            var holding = Assert.Single(await controller.HoldAsync(1));
            var (runId, _) = await controller.StartRunAsync();
            await store.Get<ExecuteRuns>().ContinueAsync(controller.Id, runId, Cancel);
            var issued = Assert.Single(await controller.InstructionsAsync()).Issued;
            await Task.WhenAll(
                controller.PlaceHoldAsync(Guid.CreateVersion7(), holdings: [holding], recalled: [new RecalledInstruction(issued.InstructionId, holding, issued.Action, issued.System, issued.Reference)]),
                controller.ConfirmAsync(issued));
            Assert.Equal(("erased", "confirmed"), (await controller.StatusOfAsync(holding), Assert.Single(await controller.InstructionsAsync()).Status));
        }
    }

    [Fact]
    public async Task A_move_is_instructed_at_once_and_its_erasure_when_it_is_confirmed()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, act: RetentionAct.MoveThenErase, atOnce: true, rule: "NI-7"));
        await store.Get<AtOnce>().IssueEverywhereAsync(Cancel);
        await store.Get<AtOnce>().IssueEverywhereAsync(Cancel);
        var move = Assert.Single(await _controller.InstructionsAsync()).Issued;
        Assert.Equal((InstructionAction.Move, "case"), (move.Action, move.MoveTo));
        await _controller.ConfirmAsync(move);
        Assert.Equal("moved", await _controller.StatusOfAsync(holding));
        await store.Get<AtOnce>().IssueAsync(_controller.Id, Cancel);
        var erase = (await _controller.InstructionsAsync())[1].Issued;
        Assert.Equal((InstructionAction.Erase, holding), (erase.Action, erase.HoldingId));
        await _controller.ConfirmAsync(erase);
        Assert.Equal("erased", await _controller.StatusOfAsync(holding));
    }

    [Fact]
    public async Task What_is_to_be_anonymised_is_instructed_so_and_is_held_no_more_when_it_is_confirmed()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, act: RetentionAct.Anonymise));
        await RunAsync();
        var issued = Assert.Single(await _controller.InstructionsAsync()).Issued;
        Assert.Equal(InstructionAction.Anonymise, issued.Action);
        await _controller.ConfirmAsync(issued);
        Assert.Equal("anonymised", await _controller.StatusOfAsync(holding));
        Assert.Equal(0, (await _controller.PlanAsync()).Due);
    }

    [Fact]
    public async Task Nothing_is_instructed_at_once_while_it_is_held()
    {
        await _controller.HoldAsync(1, act: RetentionAct.MoveThenErase, atOnce: true, subject: "ps_bo");
        var hold = Guid.CreateVersion7();
        await _controller.PlaceHoldAsync(hold, subject: "ps_bo");
        await store.Get<AtOnce>().IssueAsync(_controller.Id, Cancel);
        Assert.Empty(await _controller.InstructionsAsync());
        await _controller.ReleaseAsync(hold);
        await store.Get<AtOnce>().IssueAsync(_controller.Id, Cancel);
        Assert.Single(await _controller.InstructionsAsync());
    }

    [Fact]
    public async Task An_unanswered_instruction_is_escalated_at_its_deadline_and_told_again_until_it_is_answered()
    {
        // Long before what other tests instruct, so that none of it is told again here.
        var (clock, follow) = (store.Clock.Now, store.Get<FollowUp>());
        store.Clock.Now = clock.AddYears(-1);
        try
        {
            await _controller.HoldAsync(1);
            await RunAsync();
            await follow.TellAgainAsync(Cancel);
            Assert.Equal((1, null), (Assert.Single(await _controller.InstructionsAsync()) is var row ? row.Attempt : 0, row.EscalatedAt));
            store.Clock.Now += store.Get<Deadlines>().ToAnswer;
            await follow.TellAgainAsync(Cancel);
            await follow.TellAgainAsync(Cancel);
            Assert.Equal((2, store.Clock.Now), (Assert.Single(await _controller.InstructionsAsync()) is var late ? late.Attempt : 0, late.EscalatedAt));
            store.Clock.Now += store.Get<Deadlines>().BetweenReminders;
            await follow.TellAgainAsync(Cancel);
            Assert.Equal(3, Assert.Single(await _controller.InstructionsAsync()).Attempt);
            Assert.Single(await store.Get<InstructionList>().ListAsync(_controller.Id, null, ["*"], null, overdue: true, (0, Guid.Empty), 10, Cancel));
            Assert.Equal(1, await OverdueMetricAsync());
            await _controller.ConfirmAsync(late.Issued);
            store.Clock.Now += store.Get<Deadlines>().BetweenReminders;
            await follow.TellAgainAsync(Cancel);
            Assert.Equal(3, Assert.Single(await _controller.InstructionsAsync()).Attempt);
            Assert.Empty(await store.Get<InstructionList>().ListAsync(_controller.Id, null, ["*"], null, overdue: true, (0, Guid.Empty), 10, Cancel));
        }
        finally
        {
            store.Clock.Now = clock;
        }
    }

    [Fact]
    public async Task A_confirmed_erasure_destroys_the_keys_of_what_was_said_about_the_record()
    {
        await _controller.HoldAsync(1);
        await RunAsync();
        var issued = Assert.Single(await _controller.InstructionsAsync()).Issued;
        var stream = $"instruction-{issued.InstructionId}";
        await _controller.AppendAsync(stream, new InstructionEvent.Failed(issued.InstructionId, issued.Subject, issued.System, 1, "anna's mailbox is locked", store.Clock.Now, store.Clock.Now.AddHours(1)));
        Assert.Equal("anna's mailbox is locked", (await InstructionOfAsync(issued) as Instruction.Open)!.Failure!.Reason);
        await _controller.ConfirmAsync(issued);
        await store.Get<FollowUp>().DestroyKeysAsync(Cancel);
        await store.Get<FollowUp>().DestroyKeysAsync(Cancel);
        var closed = Assert.IsType<Instruction.Closed>(await InstructionOfAsync(issued));
        Assert.Equal(1, closed.KeysDestroyed!.Keys);
        var events = await store.Get<IEventStore>().ReadStreamAsync(_controller.Id, stream, cancellationToken: Cancel);
        Assert.Null(((InstructionEvent.Failed)await store.Get<IEventSerializer>().DeserializeAsync(events[0], Cancel)).Reason);
    }

    [Fact]
    public async Task The_keys_of_many_erasures_are_destroyed_together_and_each_says_how_many_were_its()
    {
        await _controller.HoldAsync(3);
        await RunAsync();
        var issued = (await _controller.InstructionsAsync()).Select(row => row.Issued).ToArray();
        foreach (var one in issued[..2])
            await _controller.AppendAsync($"instruction-{one.InstructionId}", new InstructionEvent.Failed(one.InstructionId, one.Subject, one.System, 1, "locked", store.Clock.Now, store.Clock.Now.AddHours(1)));
        foreach (var one in issued)
            await _controller.ConfirmAsync(one);

        await store.Get<FollowUp>().DestroyKeysAsync(Cancel);

        var destroyed = new List<int>();
        foreach (var one in issued)
            destroyed.Add(Assert.IsType<Instruction.Closed>(await InstructionOfAsync(one)).KeysDestroyed!.Keys);
        Assert.Equal([1, 1, 0], destroyed);
    }

    [Fact]
    public async Task A_recalled_instruction_is_told_no_more_until_the_hold_is_released()
    {
        var (clock, follow) = (store.Clock.Now, store.Get<FollowUp>());
        store.Clock.Now = clock.AddYears(-2);
        try
        {
            var holding = Assert.Single(await _controller.HoldAsync(1));
            await RunAsync();
            var issued = Assert.Single(await _controller.InstructionsAsync()).Issued;
            await _controller.PlaceHoldAsync(Guid.CreateVersion7(), holdings: [holding], recalled: [new RecalledInstruction(issued.InstructionId, holding, issued.Action, issued.System, issued.Reference)]);
            store.Clock.Now += store.Get<Deadlines>().ToAnswer;
            await follow.TellAgainAsync(Cancel);
            Assert.Equal(("recalled", 1, null), Assert.Single(await _controller.InstructionsAsync()) is var row ? (row.Status, row.Attempt, row.EscalatedAt) : default);
        }
        finally
        {
            store.Clock.Now = clock;
        }
    }

    /// <summary>What the metric says of the test's controller.</summary>
    private async Task<long> OverdueMetricAsync()
    {
        using var overdue = new Overdue(store.Database);
        await overdue.CountAsync(Cancel);
        var measured = 0L;
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, listening) =>
        {
            if (instrument.Name == "integritet.retention.instructions.overdue")
                listening.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var tag in tags)
                measured = tag.Value is string controller && controller == _controller.Id ? value : measured;
        });
        listener.Start();
        listener.RecordObservableInstruments();
        return measured;
    }

    private async Task RunAsync()
    {
        var (runId, _) = await _controller.StartRunAsync();
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        Assert.IsType<Run.Done>(await RunOfAsync(runId));
    }

    private async Task<Run> RunOfAsync(Guid runId, TestController? controller = null) =>
        (await store.Streams.LoadAsync(Run.Aggregate, (controller ?? _controller).Id, runId.ToString(), cancellationToken: Cancel)).State;

    private async Task<Instruction> InstructionOfAsync(IssuedInstruction issued) =>
        (await store.Streams.LoadAsync(Instruction.Aggregate, _controller.Id, issued.InstructionId.ToString(), cancellationToken: Cancel)).State;
}

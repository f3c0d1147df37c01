using Integritet.Retention.Holdings;
using Integritet.Retention.Instructions;
using Integritet.Retention.Plans;
using Integritet.Retention.Systems;

namespace Integritet.Retention.Tests;

public sealed class ConfirmInstructionTests
{
    private static readonly DateTimeOffset Now = Pure.At("2026-11-02T10:00:00Z");
    private static readonly Guid Holding = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");
    private static readonly HeldData Moved = new(Pure.Anna, "case", "c-4", ["mail-message"], ["service-delivery"], Pure.At("2026-10-30T08:00:00Z"));
    private static readonly KnownFacts NoFacts = new(41, new Dictionary<(Triggers.TriggerTarget, string), List<ToldTrigger>>(), new Dictionary<string, List<AgreedPeriod>>());
    private static readonly RegisteredSystem Case = new("case", Encrypted: true);

    [Fact]
    public void An_erasure_is_confirmed_with_evidence()
    {
        var confirmed = ConfirmInstruction.Decide(Instruction.Aggregate.Initial, new("log-17", null, null), Issued(InstructionAction.Erase), moved: null, Now).ThenOne<InstructionEvent.Confirmed>();
        Assert.Equal((Holding, "log-17", InstructionAction.Erase, null), (confirmed.HoldingId, confirmed.Evidence, confirmed.Action, confirmed.Successor));
    }

    [Fact]
    public void Without_evidence_nothing_is_confirmed() =>
        ConfirmInstruction.Decide(Instruction.Aggregate.Initial, new(" ", null, null), Issued(InstructionAction.Erase), moved: null, Now).ThenRefused(422, "/evidence");

    [Fact]
    public void Confirming_twice_changes_nothing_even_with_other_evidence()
    {
        var confirmed = ConfirmInstruction.Decide(Instruction.Aggregate.Initial, new("log-17", null, null), Issued(InstructionAction.Erase), moved: null, Now).ThenOne<InstructionEvent.Confirmed>();
        ConfirmInstruction.Decide(Instruction.Evolve(Instruction.Aggregate.Initial, confirmed), new("", null, null), Issued(InstructionAction.Erase), moved: null, Now).ThenNothing();
    }

    [Fact]
    public void A_failed_or_recalled_one_may_be_confirmed_all_the_same()
    {
        var failed = Instruction.Evolve(Instruction.Aggregate.Initial, new InstructionEvent.Failed(Guid.Empty, Pure.Anna, "mail", 1, "locked", Now, Now));
        ConfirmInstruction.Decide(failed, new("log-17", null, null), Issued(InstructionAction.Erase), moved: null, Now).ThenOne<InstructionEvent.Confirmed>();
    }

    [Fact]
    public void A_moved_holding_is_registered_under_its_new_name_and_rule()
    {
        var (moved, problem) = Moving.Of("netip", Issued(InstructionAction.Move), Moved, held: null, NoFacts, Pure.Policy("netip"), Case);
        Assert.Null(problem);
        var registered = moved!.Registered!;
        Assert.Equal((InstructionId.OfSuccessor("netip", Holding), 1, Moved, "LAW-5", null), (registered.HoldingId, registered.Generation, registered.Data, registered.Plan.Rule, registered.Plan.DueAt));
        Assert.False(registered.IsInstructedAtOnce);
        var decided = Assert.IsType<Platform.Hosting.Decided.Accepted>(ConfirmInstruction.Decide(Instruction.Aggregate.Initial, new("moved-17", null, "c-4"), Issued(InstructionAction.Move), moved, Now));
        Assert.Equal(new Successor(registered.HoldingId, "case", "c-4"), Assert.IsType<InstructionEvent.Confirmed>(decided.Events[0]).Successor);
        Assert.Same(registered, decided.Events[1]);
        Assert.IsType<Instruction.Closed>(Instruction.Aggregate.Fold(Instruction.Aggregate.Initial, decided.Events));
    }

    [Fact]
    public void What_the_new_system_has_registered_itself_is_not_registered_again()
    {
        var there = new HoldingRow(Guid.CreateVersion7(), 1, Moved, HoldingRows.Held, 7);
        var (moved, _) = Moving.Of("netip", Issued(InstructionAction.Move), Moved, there, NoFacts, Pure.Policy("netip"), Case);
        Assert.Equal((there.HoldingId, null), (moved!.Successor.HoldingId, moved.Registered));
    }

    [Fact]
    public void A_reference_that_names_somebody_elses_data_is_a_conflict()
    {
        var there = new HoldingRow(Guid.CreateVersion7(), 1, Moved with { Subject = "ps_bo" }, HoldingRows.Held, 7);
        Assert.Equal(409, Moving.Of("netip", Issued(InstructionAction.Move), Moved, there, NoFacts, Pure.Policy("netip"), Case).Problem!.Status);
    }

    [Fact]
    public void A_move_says_where_to()
    {
        Assert.Equal("/newReference", Fault(Moved with { Reference = "" }, Case));
        Assert.Equal("/newSystem", Fault(Moved with { System = "attic" }, system: null));
        Assert.Equal("/newSystem", Fault(Moved with { System = "netflow" }, new RegisteredSystem("netflow", Encrypted: false)));
    }

    private static string? Fault(HeldData data, RegisteredSystem? system)
    {
        var problem = Moving.Of("netip", Issued(InstructionAction.Move), data, held: null, NoFacts, Pure.Policy("netip"), system).Problem!;
        Assert.Equal(422, problem.Status);
        return Assert.Single(problem.Errors.DistinctBy(e => e.Pointer)).Pointer;
    }

    private static IssuedInstruction Issued(InstructionAction action) =>
        new(InstructionId.Of("netip", Holding, action), Holding, Pure.Anna, "mail", "m-17", action, action == InstructionAction.Move ? "case" : null, "NI-7", Now, Now.AddDays(7));
}

using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Retention.Instructions;
using Integritet.Retention.Integration;
using Integritet.Retention.LegalHolds;

namespace Integritet.Retention.Tests;

/// <summary>What systems of record are told by message.</summary>
public sealed class InstructionMessageTests
{
    private static readonly DateTimeOffset Now = Pure.At("2026-11-02T10:00:00Z");

    [Fact]
    public void Each_system_is_told_its_own_instructions_without_the_persons()
    {
        var (mail, netflow) = (Issued("mail", InstructionAction.Move), Issued("netflow", InstructionAction.Erase));
        var told = Map(new InstructionsIssued(Guid.CreateVersion7(), 0, [mail, netflow, mail with { InstructionId = Guid.CreateVersion7() }])).Cast<SystemInstructed>().ToArray();
        Assert.Equal([("mail", 2), ("netflow", 1)], told.Select(message => (message.System, message.Instructions.Count)));
        Assert.Equal(new ToldInstruction(mail.InstructionId, mail.HoldingId, "ref", "move", "case", mail.Deadline), told[0].Instructions[0]);
        Assert.Equal(("netip", "retention", "run-1", 3L, 17L), (told[0].Controller, told[0].Source, told[0].SourceStream, told[0].SourceVersion, told[0].SourcePosition));
        Assert.DoesNotContain("ps_anna", System.Text.Json.JsonSerializer.Serialize(told), StringComparison.Ordinal);
    }

    [Fact]
    public void A_system_is_told_again_and_is_told_to_stop()
    {
        var mail = Issued("mail", InstructionAction.Erase);
        Assert.Equal(mail.InstructionId, Assert.Single(Assert.IsType<SystemInstructed>(Assert.Single(Map(new InstructionEvent.Retried(mail, 2, Now)))).Instructions).InstructionId);
        var hold = Guid.CreateVersion7();
        var recalled = Assert.IsType<SystemRecalled>(Assert.Single(Map(new LegalHoldEvent.Placed(
            hold, "court-17", Pure.Anna, "order", Pure.Anna, [], [new RecalledInstruction(mail.InstructionId, mail.HoldingId, mail.Action, mail.System, mail.Reference)], Now))));
        Assert.Equal(("mail", hold), (recalled.System, recalled.HoldId));
        Assert.Equal(mail.InstructionId, Assert.Single(recalled.InstructionIds));
    }

    [Fact]
    public void Nobody_is_told_of_answers()
    {
        var mail = Issued("mail", InstructionAction.Erase);
        Assert.Empty(Map(new InstructionEvent.Confirmed(mail.InstructionId, mail.HoldingId, mail.Subject, mail.Action, mail.System, "log-17", null, Now)));
        Assert.Empty(Map(new InstructionEvent.Escalated(mail.InstructionId, mail.HoldingId, mail.System, mail.Deadline, Now)));
    }

    private static IEnumerable<object> Map(object @event) => IntegrationEvents.Map(
        new RecordedEvent(17, Guid.CreateVersion7(), "netip", "run-1", 3, "x.v1", ReadOnlyMemory<byte>.Empty, Now, new EventMetadata("c", "c", "retention")), @event);

    private static IssuedInstruction Issued(string system, InstructionAction action) =>
        new(Guid.CreateVersion7(), Guid.CreateVersion7(), Pure.Anna, system, "ref", action, action == InstructionAction.Move ? "case" : null, "NI-7", Now, Now.AddDays(7));
}

using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Retention.Agreements;
using Integritet.Retention.Consents;
using Integritet.Retention.Holdings;
using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Planning;
using Integritet.Retention.Runs;
using Integritet.Retention.Subjects;
using Integritet.Retention.Systems;
using Integritet.Retention.Triggers;

namespace Integritet.Retention.Integration;

/// <summary>What other services are told of this one's events. Pure: the same event gives the same messages.</summary>
public static class IntegrationEvents
{
    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        PoliciesAsked => [new PoliciesWanted("retention", recorded.Timestamp)],
        InstructionsIssued e => Told(recorded, e.Items),
        InstructionEvent.Retried e => Told(recorded, [e.Instruction]),
        LegalHoldEvent.Placed e => Recalled(recorded, e.HoldId, e.Recalled),
        InstructionsRecalled e => Recalled(recorded, e.HoldId, e.Recalled),
        ToldByDisclosure e =>
            [new FactApplied(recorded.Tenant, "retention", recorded.Stream, recorded.Version, recorded.Position, ToldByDisclosure.Source, e.SourceStream, e.SourceVersion, recorded.Timestamp)],
        LegalHoldEvent or InstructionEvent or RunEvent => [],
        HoldingRegistered or HoldingsImported or HoldingsImportedByLine or TriggerTold or RetentionAgreed or Replanned or PolicyReceived or PolicyListReceived or SystemReceived or SubjectLinkReceived or ConsentReceived => [],
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };

    private static IEnumerable<object> Told(RecordedEvent recorded, IEnumerable<IssuedInstruction> issued) =>
        from instruction in issued
        group new ToldInstruction(instruction.InstructionId, instruction.HoldingId, instruction.Reference, instruction.Action.Written(), instruction.MoveTo, instruction.Deadline) by instruction.System into system
        select new SystemInstructed(recorded.Tenant, "retention", recorded.Stream, recorded.Version, recorded.Position, system.Key, [.. system]);

    private static IEnumerable<object> Recalled(RecordedEvent recorded, Guid holdId, IEnumerable<RecalledInstruction> recalled) =>
        from instruction in recalled
        group instruction.InstructionId by instruction.System into system
        select new SystemRecalled(recorded.Tenant, "retention", recorded.Stream, recorded.Version, recorded.Position, system.Key, [.. system], holdId);
}

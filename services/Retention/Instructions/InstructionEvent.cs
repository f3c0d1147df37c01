using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;

namespace Integritet.Retention.Instructions;

/// <summary>What a system of record is told to do with one holding.</summary>
public enum InstructionAction
{
    /// <summary>Erase it.</summary>
    Erase,

    /// <summary>Anonymise it.</summary>
    Anonymise,

    /// <summary>Move it to another system, and report where it is now; the erasure is instructed once that is confirmed.</summary>
    Move,
}

/// <summary>One instruction as it is issued.</summary>
/// <param name="InstructionId">Made of holding and action (<see cref="InstructionId"/>): instructing twice is instructing once.</param>
/// <param name="HoldingId">The holding.</param>
/// <param name="Subject">Pseudonym of the person it is about.</param>
/// <param name="System">The system of record that is told.</param>
/// <param name="Reference">What that system calls it.</param>
/// <param name="Action">What it is to do.</param>
/// <param name="MoveTo">Where to, for a move.</param>
/// <param name="Rule">The clause that decided.</param>
/// <param name="DueAt">Since when the holding is due.</param>
/// <param name="Deadline">By when the system is to answer; past it, the instruction is escalated.</param>
public sealed record IssuedInstruction(
    Guid InstructionId, Guid HoldingId, string Subject, string System, string Reference, InstructionAction Action, string? MoveTo, string Rule, DateTimeOffset DueAt, DateTimeOffset Deadline);

/// <summary>Up to a thousand instructions, issued together: a page of a run, or what its rule wants at once.</summary>
/// <param name="RunId">The run; null for what no run waits for.</param>
/// <param name="Page">Which page of the run's plan, from 0.</param>
/// <param name="Items">The instructions; fewer than the page has items where some were held, changed or instructed meanwhile.</param>
[StoredEvent("instructions-issued.v1")]
public sealed record InstructionsIssued(Guid? RunId, int Page, IReadOnlyList<IssuedInstruction> Items) : IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => [.. Items.Select(i => i.Subject).Distinct(StringComparer.Ordinal)];
}

/// <summary>What can happen to one instruction after it is issued.</summary>
public abstract record InstructionEvent
{
    private InstructionEvent() { }

    /// <summary>Its system has done it. An erasure or anonymisation ends the holding in the same transaction.</summary>
    /// <param name="Evidence">The system's proof: a reference without personal data, kept after the erasure (art. 17(3)(e)).</param>
    /// <param name="Successor">Where a moved holding is now.</param>
    [StoredEvent("instruction-confirmed.v1")]
    public sealed record Confirmed(
        Guid InstructionId, Guid HoldingId, string Subject, InstructionAction Action, string System, string Evidence, Successor? Successor, DateTimeOffset ConfirmedAt) : InstructionEvent;

    /// <summary>Its system could not do it; it is told again at <paramref name="TellAgainAt"/>.</summary>
    [StoredEvent("instruction-failed.v1")]
    public sealed record Failed(Guid InstructionId, [property: DataSubject] string Subject, string System, int Attempt, [property: Personal] string? Reason, DateTimeOffset FailedAt, DateTimeOffset TellAgainAt)
        : InstructionEvent;

    /// <summary>Its system is told again, and once more at <paramref name="TellAgainAt"/> unless it answers before.</summary>
    [StoredEvent("instruction-retried.v1")]
    public sealed record Retried(IssuedInstruction Instruction, int Attempt, DateTimeOffset TellAgainAt) : InstructionEvent;

    /// <summary>The deadline has passed without a confirmation: people must look. The system goes on being told.</summary>
    [StoredEvent("instruction-escalated.v1")]
    public sealed record Escalated(Guid InstructionId, Guid HoldingId, string System, DateTimeOffset Deadline, DateTimeOffset EscalatedAt) : InstructionEvent;

    /// <summary>The keys of the erased record's personal members in this service are destroyed; by <paramref name="ForgottenAt"/> every replica has forgotten them.</summary>
    [StoredEvent("record-keys-destroyed.v1")]
    public sealed record KeysDestroyed(Guid InstructionId, Guid HoldingId, int Keys, DateTimeOffset ForgottenAt) : InstructionEvent;
}

/// <summary>The holding that a moved one has become.</summary>
public sealed record Successor(Guid HoldingId, string System, string Reference);

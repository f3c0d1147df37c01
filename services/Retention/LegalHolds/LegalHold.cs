using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Retention.Instructions;

namespace Integritet.Retention.LegalHolds;

/// <summary>What can happen to a legal hold.</summary>
public abstract record LegalHoldEvent
{
    private LegalHoldEvent() { }

    /// <summary>Nothing it covers is erased, anonymised or moved until it is released.</summary>
    /// <param name="HoldId">The hold.</param>
    /// <param name="Case">The case it serves, as the officer names it.</param>
    /// <param name="Whose">Under whose key the reason is kept: the subject's, or the hold's own where it names holdings alone.</param>
    /// <param name="Reason">Why; null once erased.</param>
    /// <param name="Subject">Pseudonym of the person all of whose holdings it covers, those registered later included; null: none.</param>
    /// <param name="Holdings">Holdings it covers beside those.</param>
    /// <param name="Recalled">Instructions on what it covers that had been issued and not confirmed: their systems are told to stop.</param>
    /// <param name="PlacedAt">When.</param>
    [StoredEvent("legal-hold-placed.v1")]
    public sealed record Placed(
        Guid HoldId, string Case, [property: DataSubject] string Whose, [property: Personal] string? Reason, string? Subject, IReadOnlyList<Guid> Holdings,
        IReadOnlyList<RecalledInstruction> Recalled, DateTimeOffset PlacedAt) : LegalHoldEvent;

    /// <summary>It covers nothing any more; what fell due meanwhile is in the next run.</summary>
    [StoredEvent("legal-hold-released.v1")]
    public sealed record Released(Guid HoldId, [property: DataSubject] string Whose, [property: Personal] string? Reason, DateTimeOffset ReleasedAt) : LegalHoldEvent;
}

/// <summary>An instruction that a hold takes back.</summary>
public sealed record RecalledInstruction(Guid InstructionId, Guid HoldingId, InstructionAction Action, string System, string Reference);

/// <summary>One legal hold, as far as commands and answers need it.</summary>
public abstract record LegalHold
{
    private LegalHold() { }

    /// <summary>Streams <c>legal-hold-{id}</c>.</summary>
    public static Aggregate<LegalHold> Aggregate { get; } = new("legal-hold", new Unplaced(), Evolve);

    /// <summary>There is none.</summary>
    public sealed record Unplaced : LegalHold;

    /// <summary>It binds.</summary>
    public sealed record InForce(LegalHoldEvent.Placed Placed) : LegalHold;

    /// <summary>It bound once.</summary>
    public sealed record Ended(LegalHoldEvent.Placed Placed, LegalHoldEvent.Released Released) : LegalHold;

    /// <summary>Pseudonym of the person whom it is about; none where it is about holdings alone.</summary>
    public IReadOnlyList<string> Subjects => this switch
    {
        InForce { Placed.Subject: { } subject } => [subject],
        Ended { Placed.Subject: { } subject } => [subject],
        _ => [],
    };

    public static LegalHold Evolve(LegalHold state, object @event) => (state, @event) switch
    {
        (Unplaced, LegalHoldEvent.Placed e) => new InForce(e),
        (InForce held, LegalHoldEvent.Released e) => new Ended(held.Placed, e),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}

using System.Collections.Immutable;
using NodaTime;

namespace Integritet.Platform.PolicyEngine;

/// <summary>How long what it is about is kept. Several rules on one holding: the earliest due date wins; minimum, hold and restriction override.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Scope">Which holdings it is about.</param>
/// <param name="Until">When it falls due; null for a rule that only sets a minimum.</param>
/// <param name="Minimum">Not before this (LAW-6c).</param>
/// <param name="Act">What is instructed when it is due.</param>
/// <param name="MoveTo">The system it moves to, where <paramref name="Act"/> moves.</param>
/// <param name="Schedule">When due holdings are instructed.</param>
/// <param name="Review">When it is looked at meanwhile, counted from recording; null: never.</param>
/// <param name="Needs">What must hold for a holding to be accepted at all.</param>
public sealed record KeepRule(
    string Clause, Scope Scope, Until? Until, StatutoryMinimum? Minimum, RetentionAct Act, string? MoveTo, Schedule Schedule, Period? Review, ImmutableArray<Condition> Needs);

/// <summary>When a holding falls due.</summary>
public abstract record Until
{
    private Until() { }

    /// <summary>A calendar period at the same local time after an anchor (NI-1).</summary>
    public sealed record After(Period Period, PeriodAnchor Anchor) : Until;

    /// <summary>The period agreed with the customer, counted from recording (NI-2).</summary>
    public sealed record Agreed : Until;

    /// <summary>The last of the holding's purposes has ended (DV-6, LAW-5).</summary>
    public sealed record PurposesEnded : Until;

    /// <summary>Triggers have been told: any of them (the first), or all (the last) (BG-10, BG-11).</summary>
    public sealed record Triggered(ImmutableArray<string> Triggers, bool All) : Until;

    /// <summary>At once (NI-7's move).</summary>
    public sealed record AtOnce : Until;

    /// <summary>At the next run of its schedule (NI-7's purge).</summary>
    public sealed record NextRun : Until;
}

/// <summary>From when a period counts.</summary>
public enum PeriodAnchor
{
    /// <summary>When it was recorded.</summary>
    Recorded,

    /// <summary>The end of the calendar year in which it was recorded.</summary>
    CalendarYearEnd,
}

/// <summary>A duty to keep (LAW-6c).</summary>
/// <param name="Period">For how long.</param>
/// <param name="Anchor">From when.</param>
/// <param name="Reference">The law that says so.</param>
public sealed record StatutoryMinimum(Period Period, PeriodAnchor Anchor, LocalText Reference);

/// <summary>What a system of record is told to do.</summary>
public enum RetentionAct
{
    /// <summary>Erase it.</summary>
    Erase,

    /// <summary>Anonymise it.</summary>
    Anonymise,

    /// <summary>Move it to another system; erase it once the move is confirmed.</summary>
    MoveThenErase,
}

/// <summary>When due holdings are instructed, in the controller's local time.</summary>
/// <param name="Every">Daily or monthly.</param>
/// <param name="Day">Day of the month, 1 to 28, for a monthly one.</param>
/// <param name="At">Local time of day.</param>
public sealed record Schedule(ScheduleKind Every, int Day, LocalTime At)
{
    /// <summary>Every day at 03:00.</summary>
    public static Schedule Daily { get; } = new(ScheduleKind.Daily, 1, new LocalTime(3, 0));
}

/// <summary>How often.</summary>
public enum ScheduleKind
{
    /// <summary>Every day.</summary>
    Daily,

    /// <summary>Every month.</summary>
    Monthly,
}

/// <summary>A period for this system's own records.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Record">Which record.</param>
/// <param name="Keep">For how long.</param>
public sealed record OwnRecordRule(string Clause, OwnRecord Record, Period Keep);

/// <summary>This system's own records that are about people (LAW-5).</summary>
public enum OwnRecord
{
    /// <summary>Consents, withdrawals and refusals.</summary>
    Consents,

    /// <summary>Data-subject requests.</summary>
    Requests,

    /// <summary>Cases.</summary>
    Cases,

    /// <summary>Decisions.</summary>
    Decisions,

    /// <summary>Disclosures.</summary>
    Disclosures,

    /// <summary>The access record of the gateway.</summary>
    AccessRecord,

    /// <summary>Idempotency records.</summary>
    Idempotency,
}

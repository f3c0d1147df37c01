using System.Collections.Immutable;
using NodaTime;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What a data subject may ask.</summary>
public enum RequestType
{
    /// <summary>Art. 15.</summary>
    Access,

    /// <summary>Art. 20.</summary>
    Portability,

    /// <summary>Art. 16.</summary>
    Rectification,

    /// <summary>Art. 17.</summary>
    Erasure,

    /// <summary>Art. 18.</summary>
    Restriction,

    /// <summary>Art. 21.</summary>
    Objection,

    /// <summary>Cancelling an order (DV-12).</summary>
    OrderCancellation,
}

/// <summary>How one type of request is handled.</summary>
public sealed record RequestRule
{
    /// <summary>The clauses it implements, the promising one first.</summary>
    public required ImmutableArray<string> Clauses { get; init; }

    /// <summary>Done within this, counted from receipt; one calendar month caps it (LAW-12).</summary>
    public required Period Within { get; init; }

    /// <summary>Channels over which it can be completed; empty: all (DV-9).</summary>
    public ImmutableArray<string> Channels { get; init; } = [];

    /// <summary>Categories left out of the answer (DV-5).</summary>
    public ImmutableArray<string> LeaveOut { get; init; } = [];

    /// <summary>The answer goes to the authenticated subject alone, over an encrypted channel (BG-7).</summary>
    public bool OnlySubjectEncrypted { get; init; }

    /// <summary>The answer names the actual recipients (LAW-15).</summary>
    public bool NamesRecipients { get; init; }

    /// <summary>Reason codes on which a fee may be asked; empty: never (DV-13).</summary>
    public ImmutableArray<string> FeeReasons { get; init; } = [];

    /// <summary>The national rule by which waiting for a fee moves the due date; null: it does not (DV-13).</summary>
    public string? FeeMovesDueBy { get; init; }

    /// <summary>Reason codes on which the period is extended by up to two months (LAW-12).</summary>
    public ImmutableArray<string> ExtensionReasons { get; init; } = [];

    /// <summary>The window in which it can be asked, in working days from the event in its details; null: always (DV-12).</summary>
    public int? WindowWorkingDays { get; init; }
}

/// <summary>What may be registered as an agreement (PA-5, PA-6).</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Recipients">Kinds of recipient.</param>
/// <param name="Type">Type of agreement.</param>
/// <param name="After">A type that must have been signed before; null: none.</param>
/// <param name="MayEnd">Whether it may have an end date.</param>
public sealed record AgreementRule(string Clause, ImmutableArray<string> Recipients, string Type, string? After, bool MayEnd);

/// <summary>Who is told what.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="On">What happened.</param>
/// <param name="To">Who is told.</param>
/// <param name="Within">How fast; null: without delay.</param>
/// <param name="Choices">What they may choose.</param>
/// <param name="WaitsForGag">Deferred until a recorded gag order ends (AL-10).</param>
/// <param name="OnlyHighRisk">Only when the risk is high (LAW-33).</param>
public sealed record NoticeRule(string Clause, NoticeOccasion On, NoticeAudience To, Period? Within, ImmutableArray<string> Choices, bool WaitsForGag, bool OnlyHighRisk);

/// <summary>What leads to a notice.</summary>
public enum NoticeOccasion
{
    /// <summary>Data moves to a new owner (AL-7).</summary>
    BusinessTransfer,

    /// <summary>Data was disclosed (AL-10).</summary>
    Disclosure,

    /// <summary>Data was rectified (LAW-19).</summary>
    Rectification,

    /// <summary>Data was erased (LAW-19).</summary>
    Erasure,

    /// <summary>Processing was restricted (LAW-19).</summary>
    Restriction,

    /// <summary>A restriction is about to be lifted (LAW-18).</summary>
    RestrictionLifted,

    /// <summary>A personal-data breach (LAW-33).</summary>
    Breach,
}

/// <summary>Who gets a notice.</summary>
public enum NoticeAudience
{
    /// <summary>The data subjects concerned.</summary>
    Subjects,

    /// <summary>The recipients of record.</summary>
    Recipients,

    /// <summary>The supervisory authority.</summary>
    Authority,
}

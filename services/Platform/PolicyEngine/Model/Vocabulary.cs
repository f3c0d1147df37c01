using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>The names that do not depend on a controller: what policies, callers and tests call things.</summary>
public static class Vocabulary
{
    /// <summary>Kinds of actor.</summary>
    public static ImmutableArray<string> Actors { get; } = ["employee", "supplier", "user", "system"];

    /// <summary>Kinds of recipient.</summary>
    public static ImmutableArray<string> Recipients { get; } =
    [
        "court", "police", "authority", "lawyer", "law-firm", "carrier", "subcontractor", "supplier", "analytics", "internet-provider", "acquirer", "employee", "group-company", "other",
    ];

    /// <summary>Types of agreement.</summary>
    public static ImmutableArray<string> Agreements { get; } = ["nda", "dpa", "business"];

    /// <summary>Kinds of case.</summary>
    public static ImmutableArray<string> Cases { get; } = ["abuse-investigation", "legal-process", "preservation", "business-transfer", "breach"];

    /// <summary>Kinds of account relation as the rules see them.</summary>
    public static ImmutableArray<string> Relations { get; } = ["primary", "authorised", "sub-account", "granted-sub-account"];

    /// <summary>Grounds of an exception (LAW-18).</summary>
    public static ImmutableArray<string> Exceptions { get; } = ["legal-claim", "protect-person", "public-interest"];

    /// <summary>Grounds of a disclosure.</summary>
    public static ImmutableArray<string> Grounds { get; } =
    [
        "contract-consent", "service-delivery", "contract-performance", "legal-obligation", "legal-process", "business-transfer", "investigation", "order-or-subpoena", "legal-action", "prevent-harm",
    ];

    /// <summary>Kinds of breach (AL-9).</summary>
    public static ImmutableArray<string> Breaches { get; } = ["terms", "rights", "law"];

    /// <summary>Types of instrument.</summary>
    public static ImmutableArray<string> Instruments { get; } = ["court-order", "subpoena", "statute", "authority-demand", "letter", "contract"];

    /// <summary>Roles of an instrument's issuer.</summary>
    public static ImmutableArray<string> Issuers { get; } = ["judge", "magistrate", "prosecutor", "police", "lawyer", "authority", "legislator"];

    /// <summary>Findings of an officer.</summary>
    public static ImmutableArray<string> Findings { get; } = ["authentic", "valid", "lawful", "reasonable", "good-faith"];

    /// <summary>Ways in which consent is given.</summary>
    public static ImmutableArray<string> ConsentMethods { get; } = ["web-form", "order", "use", "registration", "phone", "paper", "gpc"];

    /// <summary>Qualities of consent (art. 4(11), BG-1).</summary>
    public static ImmutableArray<string> ConsentQualities { get; } = ["free", "specific", "informed", "unambiguous"];

    /// <summary>Channels of a request.</summary>
    public static ImmutableArray<string> Channels { get; } = ["account", "email", "letter", "phone"];

    /// <summary>Triggers that retention waits for.</summary>
    public static ImmutableArray<string> Triggers { get; } =
        ["service-ended", "fully-paid", "service-paid", "warranty-expired", "purpose-ended", "mail-handled", "mail-needs-no-answer"];

    /// <summary>Attributes of a holding.</summary>
    public static ImmutableArray<string> Attributes { get; } = ["relevant", "customer-owned", "customer-controlled"];

    /// <summary>What a subject may choose when told (AL-7).</summary>
    public static ImmutableArray<string> Choices { get; } = ["object", "erase", "copy"];

    /// <summary>Reasons for a fee (DV-13).</summary>
    public static ImmutableArray<string> FeeReasons { get; } = ["excessive", "unfounded", "further-copy"];

    /// <summary>Reasons for an extension (LAW-12).</summary>
    public static ImmutableArray<string> ExtensionReasons { get; } = ["complexity", "number-of-requests"];

    /// <summary>Safeguards for transfers outside the EEA (art. 45, 46, 49).</summary>
    public static ImmutableArray<string> Safeguards { get; } =
        ["adequacy-decision", "standard-contractual-clauses", "binding-corporate-rules", "code-of-conduct", "certification", "explicit-consent"];
}

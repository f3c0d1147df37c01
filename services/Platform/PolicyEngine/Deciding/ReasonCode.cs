using System.Collections.Frozen;
using System.Text.RegularExpressions;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Why: stable codes, written in lower-case words and hyphens (<see cref="ReasonCodes"/>).</summary>
public enum ReasonCode
{
#pragma warning disable CS1591 // The names are the vocabulary; ReasonCodes says each in a sentence.
    NoRule, CategoryForbidden, PurposeForbidden, SourceNotListed, ConsentMissing, ConsentWithdrawn, ConsentExpired, AgreementMissing, AgreementExpired,
    InstrumentMissing, InstrumentType, Issuer, Jurisdiction, ReferenceMissing, CaseMissing, NotAnonymised, FindingMissing, FindingNegative, GroundMissing,
    ApprovalMissing, ContactNotAgreed, IdentifyingContent, AddressNotAllowed, NotEncrypted, AccessRightMissing, QualityMissing, AgreementOrder, AgreementEnds,
    BreachMissing, SafeguardMissing, AuthenticityMissing, GroundReferenceMissing, LawfulSourceMissing, SystemNotEncrypted, AnonymisedWithSubjects,
    StatutoryMinimum, RelationMissing, CustomerControlled, LinkForbidden, Restricted, Objected, Erased, LegalHold, NotPublished, RetentionAgreementMissing,
    WindowClosed, ChannelNotAccepted,
#pragma warning restore CS1591
}

/// <summary>The written form of reason codes.</summary>
public static partial class ReasonCodes
{
    private static readonly string[] Names = [.. Enum.GetNames<ReasonCode>().Select(Hyphenated)];
    private static readonly FrozenDictionary<string, ReasonCode> ByName = Enum.GetValues<ReasonCode>().ToFrozenDictionary(code => Names[(int)code], StringComparer.Ordinal);

    /// <summary>The written form, e.g. <c>consent-missing</c>.</summary>
    public static string Written(this ReasonCode code) => Names[(int)code];

    /// <summary>The code behind a written form.</summary>
    public static bool TryParse(string written, out ReasonCode code) => ByName.TryGetValue(written, out code);

    /// <summary>Every written form.</summary>
    public static IReadOnlyList<string> All => Names;

    internal static string Hyphenated(string pascal) => WordStart().Replace(pascal, "-$0").ToLowerInvariant();

    [GeneratedRegex("(?<!^)[A-Z]", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex WordStart();
}

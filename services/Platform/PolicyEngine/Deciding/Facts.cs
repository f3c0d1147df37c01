using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Kinds of facts a question may need. A service reads only the kinds that <see cref="CompiledPolicy.FactsNeeded"/> names.</summary>
[Flags]
public enum FactKinds
{
    /// <summary>None: the rules decide by the question alone.</summary>
    None = 0,

    /// <summary>Consents of the subject's link set (own).</summary>
    Consents = 1,

    /// <summary>Objections (Request). A forbidding fact: must not be stale.</summary>
    Objections = 1 << 1,

    /// <summary>Restrictions (Request). A forbidding fact: must not be stale.</summary>
    Restrictions = 1 << 2,

    /// <summary>Agreed contacts (own): of the subject where one is named, else of anybody.</summary>
    Contacts = 1 << 3,

    /// <summary>Account relations of the actor (own).</summary>
    Relations = 1 << 4,

    /// <summary>Fixed network addresses (own).</summary>
    Addresses = 1 << 5,

    /// <summary>Agreements with the actor or recipient (Disclosure).</summary>
    Agreements = 1 << 6,

    /// <summary>Access rights of the actor (Disclosure).</summary>
    AccessRights = 1 << 7,

    /// <summary>The case cited (Disclosure).</summary>
    Cases = 1 << 8,

    /// <summary>Safeguard of the recipient (Disclosure).</summary>
    Safeguards = 1 << 9,

    /// <summary>Links between the actor's and the subject's identifiers (own).</summary>
    Links = 1 << 10,

    /// <summary>An officer's findings (Disclosure).</summary>
    Findings = 1 << 11,

    /// <summary>Registered systems of record.</summary>
    Systems = 1 << 12,

    /// <summary>Agreements on retention with customers (Retention).</summary>
    RetentionAgreements = 1 << 13,
}

/// <summary>Which facts a question needs.</summary>
/// <param name="Kinds">The kinds.</param>
/// <param name="ConsentPurposes">The purposes whose consents are needed, where <paramref name="Kinds"/> has consents.</param>
public readonly record struct RequiredFacts(FactKinds Kinds, ImmutableArray<string> ConsentPurposes)
{
    /// <summary>Whether a kind is needed.</summary>
    public bool Needs(FactKinds kind) => (Kinds & kind) != FactKinds.None;
}

/// <summary>
/// What was known when the question was answered: values only, none of them personal, so that a decision can be recorded with them and replayed. An absent fact never permits.
/// </summary>
public sealed record Facts
{
    /// <summary>Nothing is known.</summary>
    public static Facts None { get; } = new();

    /// <summary>The subject's consents, at most one per purpose: the one that stands.</summary>
    public IReadOnlyList<ConsentFact> Consents { get; init; } = [];

    /// <summary>The subject's objections that stand, at most one per purpose.</summary>
    public IReadOnlyList<ObjectionFact> Objections { get; init; } = [];

    /// <summary>The subject's restrictions that stand.</summary>
    public IReadOnlyList<RestrictionFact> Restrictions { get; init; } = [];

    /// <summary>Whether the address or number written to or from is an agreed contact: of the subject where one is named, else of anybody.</summary>
    public bool AgreedContact { get; init; }

    /// <summary>
    /// The actor's relations to the account, valid that day: <c>primary</c>, <c>authorised</c>, <c>sub-account</c> (its own holder), <c>granted-sub-account</c> (primary holder above, with a recorded grant).
    /// </summary>
    public IReadOnlyList<string> Relations { get; init; } = [];

    /// <summary>Whether the actor is the data subject.</summary>
    public bool OwnData { get; init; }

    /// <summary>Whether the actor's network address is on the fixed list that day.</summary>
    public bool ListedAddress { get; init; }

    /// <summary>Agreements with the actor or recipient.</summary>
    public IReadOnlyList<AgreementFact> Agreements { get; init; } = [];

    /// <summary>Categories that the actor's access rights cover that day.</summary>
    public IReadOnlyList<string> AccessRights { get; init; } = [];

    /// <summary>The case cited, if there is one of that reference.</summary>
    public CaseFact? Case { get; init; }

    /// <summary>The recipient's safeguard for transfers, e.g. <c>standard-contractual-clauses</c>.</summary>
    public string? Safeguard { get; init; }

    /// <summary>Findings recorded on the disclosure.</summary>
    public IReadOnlyList<FindingFact> Findings { get; init; } = [];

    /// <summary>Whether the recipient is one of the group's companies by name (DV-14).</summary>
    public bool GroupCompany { get; init; }

    /// <summary>Whether the system of record is registered as encrypted.</summary>
    public bool EncryptedSystem { get; init; }

    /// <summary>Whether a retention agreement with the customer covers the categories.</summary>
    public bool RetentionAgreement { get; init; }
}

/// <summary>The consent that stands for a purpose.</summary>
/// <param name="Purpose">The purpose.</param>
/// <param name="State">Its state when asked.</param>
/// <param name="GivenAt">When it was given.</param>
public sealed record ConsentFact(string Purpose, ConsentState State, DateTimeOffset GivenAt);

/// <summary>State of a consent.</summary>
public enum ConsentState
{
    /// <summary>In force.</summary>
    Given,

    /// <summary>Withdrawn.</summary>
    Withdrawn,

    /// <summary>Past its expiry.</summary>
    Expired,

    /// <summary>Asked for and refused, also by a Global Privacy Control signal.</summary>
    Refused,
}

/// <summary>An objection that stands (LAW-21).</summary>
/// <param name="Purpose">The purpose objected to.</param>
/// <param name="EffectiveAt">Since when.</param>
public sealed record ObjectionFact(string Purpose, DateTimeOffset EffectiveAt);

/// <summary>A restriction that stands (LAW-18).</summary>
/// <param name="Categories">The categories restricted; empty: all.</param>
/// <param name="EffectiveAt">Since when.</param>
public sealed record RestrictionFact(IReadOnlyList<string> Categories, DateTimeOffset EffectiveAt);

/// <summary>An agreement.</summary>
/// <param name="Type"><c>nda</c>, <c>dpa</c>, <c>business</c>.</param>
/// <param name="InForce">Whether it is in force that day; false: it has expired or not begun.</param>
public sealed record AgreementFact(string Type, bool InForce);

/// <summary>A case.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Open">Whether it is open.</param>
/// <param name="CoversSubject">Whether it covers the subject asked about: one with no subjects of its own covers all.</param>
/// <param name="ObjectionPeriodOver">For a business transfer: whether <c>objectionUntil</c> has passed.</param>
public sealed record CaseFact(string Kind, bool Open, bool CoversSubject, bool ObjectionPeriodOver = false);

/// <summary>A finding.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Positive">Its result.</param>
public sealed record FindingFact(string Name, bool Positive);

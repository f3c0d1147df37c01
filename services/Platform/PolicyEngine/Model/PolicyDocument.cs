using System.Collections.Immutable;
using NodaTime;

namespace Integritet.Platform.PolicyEngine;

/// <summary>
/// One version of what a controller promises, as parsed and checked: immutable, and nothing but data. <see cref="CompiledPolicy"/> decides by it, the notice is rendered from it.
/// </summary>
public sealed record PolicyDocument
{
    /// <summary>Who promises.</summary>
    public required ControllerTerms Controller { get; init; }

    /// <summary>How a version comes into force.</summary>
    public required Publication Publication { get; init; }

    /// <summary>What the notice says before its first heading.</summary>
    public LocalText Introduction { get; init; } = LocalText.Empty;

    /// <summary>Every clause that a rule may cite, by id, in plain words.</summary>
    public required ImmutableSortedDictionary<string, LocalText> Clauses { get; init; }

    /// <summary>The categories of personal data, by name.</summary>
    public required ImmutableSortedDictionary<string, Category> Categories { get; init; }

    /// <summary>Names for several categories at once.</summary>
    public required ImmutableSortedDictionary<string, ImmutableArray<string>> Groups { get; init; }

    /// <summary>The purposes of processing, by name.</summary>
    public required ImmutableSortedDictionary<string, Purpose> Purposes { get; init; }

    /// <summary>Where data may come from, by name.</summary>
    public required ImmutableSortedDictionary<string, LocalText> Sources { get; init; }

    /// <summary>Named lists of countries (ISO 3166-1 alpha-2).</summary>
    public required ImmutableSortedDictionary<string, CountryList> CountryLists { get; init; }

    /// <summary>Systems of record that exist at first start, by name.</summary>
    public required ImmutableSortedDictionary<string, SystemOfRecord> Systems { get; init; }

    /// <summary>How consent is given (art. 7).</summary>
    public ImmutableArray<ConsentRule> Consents { get; init; } = [];

    /// <summary>Purposes that a Global Privacy Control signal refuses.</summary>
    public ImmutableArray<string> RefusedByGpc { get; init; } = [];

    /// <summary>Refusals that hold for several operations, with or without a block.</summary>
    public ImmutableArray<AlwaysRule> Always { get; init; } = [];

    /// <summary>The block of rules of each operation that the policy speaks about. An operation without one is answered <c>no-rule</c>.</summary>
    public required ImmutableSortedDictionary<Operation, RuleBlock> Blocks { get; init; }

    /// <summary>How long what is held is kept (the <c>keep</c> rules of the block <c>store</c>).</summary>
    public ImmutableArray<KeepRule> Keep { get; init; } = [];

    /// <summary>What may be registered as an agreement, and in which order (PA-5, PA-6).</summary>
    public ImmutableArray<AgreementRule> Agreements { get; init; } = [];

    /// <summary>Who is told what, and when (AL-7, AL-10, LAW-19, LAW-33).</summary>
    public ImmutableArray<NoticeRule> Notices { get; init; } = [];

    /// <summary>What a data subject may ask, over which channels, and how fast it is done.</summary>
    public required ImmutableSortedDictionary<RequestType, RequestRule> Requests { get; init; }

    /// <summary>How long this system's own records are kept (LAW-5).</summary>
    public ImmutableArray<OwnRecordRule> OwnRecords { get; init; } = [];

    /// <summary>Promises that other parts of the system keep (a key, a column, a deadline), so that the notice can state them and their clause is accounted for.</summary>
    public ImmutableArray<Measure> Measures { get; init; } = [];

    /// <summary>Questions with the answers this policy must give; publication is refused if one differs.</summary>
    public ImmutableArray<Example> Examples { get; init; } = [];

    /// <summary>RFC 8785 JSON of the document: comments, layout and quoting are not part of it.</summary>
    public required ReadOnlyMemory<byte> CanonicalBytes { get; init; }

    /// <summary>Lower-case hex SHA-256 over <see cref="CanonicalBytes"/>.</summary>
    public required string Hash { get; init; }

    /// <summary>What it was read from; null for a document made in code.</summary>
    internal Node? Source { get; init; }

    /// <summary>A problem at a place of the document, with its line and column.</summary>
    internal PolicyProblem ProblemAt(string pointer, string message)
    {
        var node = Source;
        foreach (var part in pointer.Split('/', StringSplitOptions.RemoveEmptyEntries))
            node = node?.Child(part) ?? node;
        return new PolicyProblem(node?.Line ?? 1, node?.Column ?? 1, pointer, message);
    }
}

/// <summary>How a version comes into force (PA-8, DV-11).</summary>
/// <param name="Clauses">The clauses that promise it; may be empty.</param>
/// <param name="NoticePeriod">How long after its publication a version takes effect, at the earliest. The first version is in force at once.</param>
public sealed record Publication(ImmutableArray<string> Clauses, Period NoticePeriod);

/// <summary>The organisation that promises.</summary>
/// <param name="Id">The tenant's id.</param>
/// <param name="Name">Its name, as the notice gives it.</param>
/// <param name="Country">ISO 3166-1 alpha-2; its holidays apply.</param>
/// <param name="Zone">IANA time zone; periods are reckoned in it.</param>
/// <param name="Languages">Languages of the notice (ISO 639-1), the controller's own first.</param>
/// <param name="Contact">The one contact for data protection (NI-10).</param>
/// <param name="Group">Companies judged as the controller itself (DV-14).</param>
public sealed record ControllerTerms(
    string Id, string Name, string Country, string Zone, ImmutableArray<string> Languages, string Contact, ImmutableArray<GroupCompany> Group);

/// <summary>A parent or subsidiary that is a joint controller (DV-14).</summary>
public sealed record GroupCompany(string Name, string Clause);

/// <summary>A text in each of the policy's languages.</summary>
/// <param name="ByLanguage">ISO 639-1 code to text.</param>
public sealed record LocalText(ImmutableSortedDictionary<string, string> ByLanguage)
{
    /// <summary>No text at all.</summary>
    public static LocalText Empty { get; } = new(ImmutableSortedDictionary<string, string>.Empty);

    /// <summary>The text in a language, else in English, else "".</summary>
    public string In(string language) => ByLanguage.TryGetValue(language, out var text) || ByLanguage.TryGetValue("en", out text) ? text : "";
}

/// <summary>A category of personal data.</summary>
/// <param name="Label">What people call it.</param>
/// <param name="Dpv">Term of the W3C Data Privacy Vocabulary, e.g. <c>pd:EmailAddress</c>; null where it has none.</param>
public sealed record Category(LocalText Label, string? Dpv);

/// <summary>A purpose of processing.</summary>
/// <param name="Label">What people call it.</param>
/// <param name="Basis">Its legal basis (art. 6(1)).</param>
/// <param name="Dpv">DPV term, e.g. <c>dpv:DirectMarketing</c>; null where it has none.</param>
/// <param name="DirectMarketing">An objection to it stops it for good (art. 21(3)).</param>
public sealed record Purpose(LocalText Label, LegalBasis Basis, string? Dpv, bool DirectMarketing);

/// <summary>Legal bases of art. 6(1), and <see cref="None"/> for a purpose that is promised never to be pursued.</summary>
public enum LegalBasis
{
    /// <summary>Never pursued: the policy refuses it.</summary>
    None,

    /// <summary>Art. 6(1)(a).</summary>
    Consent,

    /// <summary>Art. 6(1)(b).</summary>
    Contract,

    /// <summary>Art. 6(1)(c).</summary>
    LegalObligation,

    /// <summary>Art. 6(1)(d).</summary>
    VitalInterest,

    /// <summary>Art. 6(1)(e).</summary>
    PublicTask,

    /// <summary>Art. 6(1)(f).</summary>
    LegitimateInterest,
}

/// <summary>Countries that rules treat alike.</summary>
/// <param name="Label">What people call them.</param>
/// <param name="Countries">ISO 3166-1 alpha-2.</param>
public sealed record CountryList(LocalText Label, ImmutableArray<string> Countries);

/// <summary>A system of record known from the start (NI-11).</summary>
/// <param name="Label">What people call it.</param>
/// <param name="Encrypted">Whether what it holds is encrypted.</param>
/// <param name="Processor">Who runs it, if not the controller.</param>
public sealed record SystemOfRecord(LocalText Label, bool Encrypted, string? Processor);

/// <summary>How consent to some purposes may be given.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Purposes">The purposes it is about.</param>
/// <param name="Methods">Accepted methods; empty: any.</param>
/// <param name="Qualities">Qualities that must be evidenced (BG-1).</param>
public sealed record ConsentRule(string Clause, ImmutableArray<string> Purposes, ImmutableArray<string> Methods, ImmutableArray<string> Qualities);

/// <summary>A promise kept by how the system is built.</summary>
/// <param name="Clause">The clause.</param>
/// <param name="Kind">What is done.</param>
/// <param name="Categories">Which data it is about; empty: all.</param>
public sealed record Measure(string Clause, MeasureKind Kind, ImmutableArray<string> Categories);

/// <summary>Promises kept by how the system is built.</summary>
public enum MeasureKind
{
    /// <summary>Personal members are ciphertext wherever they rest and in every message (PA-4, AL-11).</summary>
    EncryptedAtRest,

    /// <summary>Never in a log, a message, an export or a plain column (AL-11).</summary>
    NeverInClear,

    /// <summary>One contact, in the notice and in every refusal (NI-10).</summary>
    OneContact,

    /// <summary>Consent can be withdrawn in one call and is proved by a receipt (LAW-7).</summary>
    ConsentReceipts,

    /// <summary>Records of processing are derived (LAW-30).</summary>
    RecordsOfProcessing,

    /// <summary>An erasure leaves what a duty or claim needs, and says so (LAW-17).</summary>
    ErasureYields,

    /// <summary>A new version decides nothing before its publication (PA-8, DV-11).</summary>
    PublishedBeforeEffect,
}

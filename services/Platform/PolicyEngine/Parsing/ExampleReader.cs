using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads examples: a question, the facts it is asked on, and the answer it must get.</summary>
internal sealed class ExampleReader(Terms terms)
{
    private const int MaxExamples = 2_000;
    private static readonly string[] Operations = [.. Enum.GetNames<Operation>().Select(name => name.ToLowerInvariant())];

    // Fixed instants, so that "before" and "after" in an example mean something: consents, then objections and restrictions, then later consents.
    private static readonly DateTimeOffset First = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly DateTimeOffset Second = First.AddDays(1);
    private static readonly DateTimeOffset Third = First.AddDays(2);

    public ImmutableArray<Example> Read(MapReader document)
    {
        var examples = document.Maps("examples").Select(ReadOne).ToImmutableArray();
        if (examples.Length > MaxExamples)
            document.Problem("examples", $"more than {MaxExamples} examples");
        return examples;
    }

    private Example ReadOne(MapReader map)
    {
        var says = map.Text("says", 500);
        var asks = ReadAsked(map.Needed("ask"));
        var given = map.Map("given") is { } facts ? ReadFacts(facts) : Facts.None;
        var expect = map.Needed("expect");
        var example = new Example(
            says, asks, given,
            expect.Choice("outcome", Outcome.Refuse, needed: true),
            expect.Name("rule", "clause", [.. terms.Clauses, NoRule]),
            RuleReader.ReadCode(expect, "code"),
            expect.Has("cut") ? terms.ReadCategories(expect, "cut") : default);
        expect.Done();
        map.Done();
        return example;
    }

    /// <summary>What an example expects where no clause speaks.</summary>
    public const string NoRule = "none";

    private Asked ReadAsked(MapReader map)
    {
        var instrument = map.Map("instrument");
        var asked = new Asked
        {
            Operation = (Operation)Math.Max(0, Array.IndexOf(Operations, map.Name("operation", "operation", Operations))),
            Purpose = map.OptionalName("purpose", "purpose", terms.Purposes),
            Categories = terms.ReadCategories(map, "categories"),
            Anonymised = map.Flag("anonymised"),
            Source = map.OptionalText("source"),
            LawfulSource = map.Flag("lawful-source"),
            SubjectNamed = map.Flag("subject", otherwise: true),
            Actor = map.OptionalName("actor", "kind of actor", Vocabulary.Actors),
            Encrypted = map.Flag("encrypted"),
            Country = map.OptionalName("country", "country", [.. Countries.All]),
            Destination = map.OptionalName("destination", "country", [.. Countries.All]),
            Direction = map.Choice("direction", Direction.None),
            Customer = map.OptionalText("customer"),
            CustomerControlled = map.Flag("customer-controlled"),
            NetworkAllows = terms.ReadCategories(map, "network-allows"),
            AboutAuthorisedUser = map.Flag("about-authorised-user"),
            Exception = map.OptionalName("exception", "ground of an exception", Vocabulary.Exceptions),
            ExceptionReference = map.Flag("exception-reference"),
            Recipient = map.OptionalName("recipient", "kind of recipient", Vocabulary.Recipients),
            Ground = map.OptionalName("ground", "ground", Vocabulary.Grounds),
            GroundReference = map.Flag("ground-reference"),
            Breach = map.OptionalName("breach", "breach", Vocabulary.Breaches),
            Instrument = instrument is null ? null : ReadInstrument(instrument),
            System = map.OptionalName("system", "system", terms.Systems),
            Attributes = map.List("attributes", "attribute", Vocabulary.Attributes),
        };
        map.Done();
        return asked;
    }

    private static AskedInstrument ReadInstrument(MapReader map)
    {
        var instrument = new AskedInstrument(
            map.Name("type", "type of instrument", Vocabulary.Instruments),
            map.OptionalName("issuer", "role of an issuer", Vocabulary.Issuers),
            map.OptionalName("jurisdiction", "country", [.. Countries.All]),
            map.Flag("reference"));
        map.Done();
        return instrument;
    }

    private Facts ReadFacts(MapReader map)
    {
        var facts = new Facts
        {
            Consents = ReadConsents(map.Map("consents")),
            Objections = [.. map.List("objections", "purpose", terms.Purposes).Select(purpose => new ObjectionFact(purpose, Second))],
            Restrictions = ReadRestrictions(map),
            AgreedContact = map.Flag("agreed-contact"),
            Relations = map.List("relations", "relation", Vocabulary.Relations),
            OwnData = map.Flag("own-data"),
            ListedAddress = map.Flag("listed-address"),
            Agreements = ReadAgreements(map.Map("agreements")),
            AccessRights = terms.ReadCategories(map, "access-rights"),
            Case = map.Map("case") is { } recorded ? ReadCase(recorded) : null,
            Safeguard = map.OptionalName("safeguard", "safeguard", Vocabulary.Safeguards),
            Findings = ReadFindings(map.Map("findings")),
            GroupCompany = map.Flag("group-company"),
            EncryptedSystem = map.Flag("encrypted-system"),
            RetentionAgreement = map.Flag("retention-agreement"),
        };
        map.Done();
        return facts;
    }

    private ImmutableArray<ConsentFact> ReadConsents(MapReader? map) => ReadPairs(
        map, terms.Purposes, ["given", "given-later", "withdrawn", "expired", "refused"],
        (purpose, state) => state switch
        {
            "given" => new ConsentFact(purpose, ConsentState.Given, First),
            "given-later" => new ConsentFact(purpose, ConsentState.Given, Third),
            "withdrawn" => new ConsentFact(purpose, ConsentState.Withdrawn, First),
            "expired" => new ConsentFact(purpose, ConsentState.Expired, First),
            _ => new ConsentFact(purpose, ConsentState.Refused, First),
        });

    private static ImmutableArray<AgreementFact> ReadAgreements(MapReader? map) => ReadPairs(
        map, Vocabulary.Agreements, ["in-force", "expired"], (type, state) => new AgreementFact(type, string.Equals(state, "in-force", StringComparison.Ordinal)));

    private static ImmutableArray<FindingFact> ReadFindings(MapReader? map) => ReadPairs(
        map, Vocabulary.Findings, ["positive", "negative"], (name, result) => new FindingFact(name, string.Equals(result, "positive", StringComparison.Ordinal)));

    private static ImmutableArray<T> ReadPairs<T>(MapReader? map, IReadOnlyCollection<string> keys, string[] states, Func<string, string, T> make)
    {
        if (map is null)
            return [];
        var pairs = ImmutableArray.CreateBuilder<T>();
        foreach (var key in keys)
            if (map.Has(key))
                pairs.Add(make(key, map.Name(key, "state", states)));
        map.Done();
        return pairs.DrainToImmutable();
    }

    /// <summary>Everything (<c>restricted: true</c>) or some categories.</summary>
    private ImmutableArray<RestrictionFact> ReadRestrictions(MapReader map)
    {
        if (map.Value("restricted") is null)
            return [];
        if (map.Value("restricted") is Node.Sequence)
            return [new RestrictionFact(terms.ReadCategories(map, "restricted"), Second)];
        return map.Flag("restricted") ? [new RestrictionFact([], Second)] : [];
    }

    private static CaseFact ReadCase(MapReader map)
    {
        var recorded = new CaseFact(
            map.Name("kind", "kind of case", Vocabulary.Cases), map.Flag("open", otherwise: true), map.Flag("covers-subject", otherwise: true), map.Flag("objection-period-over"));
        map.Done();
        return recorded;
    }
}

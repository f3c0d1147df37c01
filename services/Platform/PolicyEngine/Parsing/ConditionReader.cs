using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads lists of conditions: bare words, and words with what they ask for.</summary>
internal sealed class ConditionReader(Terms terms)
{
    private static readonly Dictionary<string, Condition> Words = new(StringComparer.Ordinal)
    {
        ["consent"] = new Condition.Consent(null, ConsentAfter.Anything),
        ["anonymised"] = new Condition.Anonymised(),
        ["encrypted"] = new Condition.Encrypted(),
        ["access-right"] = new Condition.AccessRight(),
        ["own-data"] = new Condition.OwnData(),
        ["agreed-contact"] = new Condition.AgreedContact(),
        ["listed-address"] = new Condition.ListedAddress(),
        ["lawful-source"] = new Condition.LawfulSource(),
        ["network-allows"] = new Condition.NetworkAllows(),
        ["safeguard"] = new Condition.Safeguard(),
        ["outgoing"] = new Condition.Outgoing(),
        ["incoming"] = new Condition.Incoming(),
        ["customer-controlled"] = new Condition.CustomerControlled(),
        ["about-authorised-user"] = new Condition.AboutAuthorisedUser(),
        ["group-company"] = new Condition.GroupCompanyRecipient(),
        ["objection-period-over"] = new Condition.ObjectionPeriodOver(),
        ["encrypted-system"] = new Condition.StoredIn([], MustBeEncrypted: true),
        ["retention-agreement"] = new Condition.RetentionAgreement(),
    };

    private static readonly string[] WithDetail =
        ["consent", "agreement", "case", "relation", "country", "destination", "exception", "ground", "breach", "instrument", "finding", "attribute", "system", "all", "any"];

    public static IReadOnlyCollection<string> Bare => Words.Keys;

    public static IReadOnlyCollection<string> Detailed => WithDetail;

    private static readonly string[] Known = [.. Words.Keys.Union(WithDetail, StringComparer.Ordinal)];

    /// <summary>The conditions under a key; all of them must hold.</summary>
    public ImmutableArray<Condition> Read(MapReader map, string key)
    {
        switch (map.Value(key))
        {
            case null:
                return [];
            case Node.Sequence sequence:
                if (sequence.Items.Count == 0)
                    map.Problem(key, "an empty list: leave the key out");
                return [.. sequence.Items.Select((item, i) => ReadOne(item, $"{map.PointerTo(key)}/{i}", map.Problems)).OfType<Condition>()];
            default:
                map.Problem(key, "expected a list of conditions here");
                return [];
        }
    }

    private Condition? ReadOne(Node node, string pointer, Problems problems)
    {
        if (node is Node.Scalar word)
        {
            if (Words.TryGetValue(word.Text, out var condition))
                return condition;
            problems.Add(node, pointer, WithDetail.Contains(word.Text) ? $"'{word.Text}' needs to say which" : Suggestion.Unknown("condition", word.Text, Known));
            return null;
        }
        if (node is not Node.Mapping { Entries.Count: 1 } mapping)
        {
            problems.Add(node, pointer, "expected one condition here");
            return null;
        }
        var map = new MapReader(node, pointer, problems);
        var key = mapping.Entries[0].Key.Text;
        if (WithDetail.Contains(key))
            return ReadDetailed(map, key);
        problems.Add(mapping.Entries[0].Key, pointer, Words.ContainsKey(key) ? $"'{key}' takes no detail" : Suggestion.Unknown("condition", key, Known));
        return null;
    }

    private Condition? ReadDetailed(MapReader map, string key) => key switch
    {
        "consent" => new Condition.Consent(map.Name(key, "purpose", terms.Purposes), ConsentAfter.Anything),
        "agreement" => new Condition.Agreement(map.Name(key, "type of agreement", Vocabulary.Agreements)),
        "case" => new Condition.Case(map.Name(key, "kind of case", Vocabulary.Cases)),
        "relation" => new Condition.Relation(map.List(key, "relation", Vocabulary.Relations)),
        "country" => new Condition.Country(Terms.ReadSet(map, key, "country list", terms.CountryLists)),
        "destination" => new Condition.Destination(Terms.ReadSet(map, key, "country list", terms.CountryLists)),
        "exception" => new Condition.Exception(map.List(key, "ground of an exception", Vocabulary.Exceptions)),
        "breach" => new Condition.Breach(map.List(key, "breach", Vocabulary.Breaches)),
        "finding" => new Condition.Finding(map.Name(key, "finding", Vocabulary.Findings)),
        "system" => new Condition.StoredIn(map.List(key, "system", terms.Systems), MustBeEncrypted: false),
        "ground" => ReadGround(map.Needed(key)),
        "instrument" => ReadInstrument(map.Needed(key)),
        "attribute" => ReadAttribute(map.Needed(key)),
        "all" => new Condition.All(Read(map, key)),
        "any" => new Condition.Any(Read(map, key)),
        _ => throw new InvalidOperationException($"No reader for the condition {key}."),
    };

    private static Condition.Ground ReadGround(MapReader map)
    {
        if (map.Has("any-of") == map.Has("except"))
            map.Problems.Add(map.Node, map.Pointer, "expected 'any-of' or 'except' with grounds here");
        var key = map.Has("except") ? "except" : "any-of";
        var ground = new Condition.Ground(new NameSet(map.List(key, "ground", Vocabulary.Grounds), Except: map.Has("except")), map.Flag("reference"));
        map.Done();
        return ground;
    }

    private static Condition.Instrument ReadInstrument(MapReader map)
    {
        var instrument = new Condition.Instrument(
            map.List("types", "type of instrument", Vocabulary.Instruments),
            map.List("issuers", "role of an issuer", Vocabulary.Issuers),
            map.List("jurisdictions", "country", [.. Countries.All]),
            map.Flag("reference"));
        map.Done();
        return instrument;
    }

    private static Condition? ReadAttribute(MapReader map)
    {
        Condition? condition = null;
        foreach (var name in Vocabulary.Attributes)
            if (map.Has(name))
                condition = new Condition.Attribute(name, map.Flag(name));
        map.Done();
        if (map.Node is not Node.Mapping { Entries.Count: 1 })
            map.Problems.Add(map.Node, map.Pointer, "expected one attribute, such as {relevant: true}");
        return condition;
    }
}

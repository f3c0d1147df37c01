using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using NodaTime;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads a whole document: first what it names, then the rules that refer to it.</summary>
internal sealed partial class DocumentReader(Problems problems)
{
    private const int MaxNames = 500;

    public PolicyDocument Read(Node root, byte[] canonical, string hash)
    {
        var map = new MapReader(root, "", problems);
        if (map.Number("policy-language", 1, 1) is null && !map.Has("policy-language"))
            problems.Add(root, "", "'policy-language' is missing: write policy-language: 1");
        var controller = ReadController(map.Needed("controller"));
        var terms = new Terms([], [], ImmutableDictionary<string, ImmutableArray<string>>.Empty, [], [], [], [], controller.Languages);

        var clauses = ReadNamed(map, "clauses", ClauseId(), "a clause id such as NI-4", text => terms.ReadText(text));
        var categories = ReadNamed(map, "categories", NamePattern(), "lower-case words and hyphens", one => ReadCategory(one, terms));
        var groups = ReadGroups(map, categories.Keys.ToImmutableArray());
        var purposes = ReadNamed(map, "purposes", NamePattern(), "lower-case words and hyphens", one => ReadPurpose(one, terms));
        var sources = ReadNamed(map, "sources", NamePattern(), "lower-case words and hyphens", text => terms.ReadText(text));
        var countries = ReadNamed(map, "country-lists", NamePattern(), "lower-case words and hyphens", one => ReadCountryList(one, terms));
        var systems = ReadNamed(map, "systems", NamePattern(), "lower-case words and hyphens", one => ReadSystem(one, terms));
        terms = new Terms([.. clauses.Keys], [.. categories.Keys], groups, [.. purposes.Keys], [.. sources.Keys], [.. countries.Keys], [.. systems.Keys], controller.Languages);
        controller = controller with { Group = ReadGroupCompanies(map.Map("controller"), terms) };

        var rules = new RuleReader(terms);
        var document = new PolicyDocument
        {
            Controller = controller,
            Publication = ReadPublication(map.Needed("publication"), terms),
            Introduction = terms.ReadText(map, "introduction", needed: false),
            Clauses = clauses,
            Categories = categories,
            Groups = groups,
            Purposes = purposes,
            Sources = sources,
            CountryLists = countries,
            Systems = systems,
            Consents = ReadConsents(map.Map("consents"), terms, out var gpc),
            RefusedByGpc = gpc,
            Always = rules.ReadAlways(map),
            Blocks = rules.ReadBlocks(map),
            Keep = new RetentionReader(terms, rules).ReadKeep(map),
            Agreements = RequestReader.ReadAgreements(map, terms),
            Notices = RequestReader.ReadNotices(map, terms),
            Requests = RequestReader.ReadRequests(map, terms),
            OwnRecords = RequestReader.ReadOwnRecords(map, terms),
            Measures = RequestReader.ReadMeasures(map, terms),
            Examples = new ExampleReader(terms).Read(map),
            CanonicalBytes = canonical,
            Hash = hash,
            Source = root,
        };
        map.Done();
        rules.CheckLimit(map);
        return document;
    }

    private static ControllerTerms ReadController(MapReader map)
    {
        var controller = new ControllerTerms(
            map.Text("id"), map.Text("name"), map.Text("country"), map.Text("zone"), ReadLanguages(map), map.Text("contact"), []);
        map.Has("group");
        if (controller.Id.Length > 0 && !NamePattern().IsMatch(controller.Id))
            map.Problem("id", "expected lower-case words and hyphens");
        if (controller.Country.Length > 0 && !Countries.Has(controller.Country))
            map.Problem("country", Suggestion.Unknown("country", controller.Country, Countries.All));
        if (controller.Zone.Length > 0 && DateTimeZoneProviders.Tzdb.GetZoneOrNull(controller.Zone) is null)
            map.Problem("zone", Suggestion.Unknown("time zone", controller.Zone, DateTimeZoneProviders.Tzdb.Ids));
        if (controller.Contact.Length > 0 && !controller.Contact.Contains('@', StringComparison.Ordinal))
            map.Problem("contact", "expected an e-mail address");
        map.Done();
        return controller;
    }

    /// <summary>The controller's own language first; English is always there, since explanations are in it.</summary>
    private static ImmutableArray<string> ReadLanguages(MapReader map)
    {
        var languages = map.List("languages", "language", ["sv", "nb", "bg", "en"]);
        if (!languages.Contains("en", StringComparer.Ordinal))
            map.Problem("languages", "'en' is missing: explanations are given in English too");
        return languages;
    }

    private static ImmutableArray<GroupCompany> ReadGroupCompanies(MapReader? controller, Terms terms)
    {
        if (controller is null)
            return [];
        var companies = ImmutableArray.CreateBuilder<GroupCompany>();
        foreach (var company in controller.Maps("group"))
        {
            companies.Add(new GroupCompany(company.Text("name"), company.Name("clause", "clause", terms.Clauses)));
            company.Done();
        }
        return companies.DrainToImmutable();
    }

    private ImmutableSortedDictionary<string, T> ReadNamed<T>(MapReader map, string key, Regex pattern, string expected, Func<MapReader, T> read)
    {
        var named = ImmutableSortedDictionary.CreateBuilder<string, T>(StringComparer.Ordinal);
        if (map.Map(key) is not { } all)
            return named.ToImmutable();
        foreach (var (name, value) in all.Entries)
        {
            var pointer = all.PointerTo(name.Text);
            if (name.Text.Length > 64 || !pattern.IsMatch(name.Text))
                problems.Add(name, pointer, $"expected {expected} here");
            named[name.Text] = read(new MapReader(value, pointer, problems));
        }
        if (named.Count > MaxNames)
            problems.Add(all.Node, all.Pointer, $"more than {MaxNames} names");
        return named.ToImmutable();
    }

    private static Category ReadCategory(MapReader map, Terms terms)
    {
        var category = new Category(terms.ReadText(map, "label", maxLength: 200), map.OptionalText("dpv"));
        map.Done();
        return category;
    }

    private static Purpose ReadPurpose(MapReader map, Terms terms)
    {
        var purpose = new Purpose(terms.ReadText(map, "label", maxLength: 200), map.Choice("basis", LegalBasis.None, needed: true), map.OptionalText("dpv"), map.Flag("direct-marketing"));
        map.Done();
        return purpose;
    }

    private static SystemOfRecord ReadSystem(MapReader map, Terms terms)
    {
        if (!map.Has("encrypted"))
            map.Problems.Add(map.Node, map.Pointer, "'encrypted' is missing");
        var system = new SystemOfRecord(terms.ReadText(map, "label", maxLength: 200), map.Flag("encrypted"), map.OptionalText("processor"));
        map.Done();
        return system;
    }

    private ImmutableSortedDictionary<string, ImmutableArray<string>> ReadGroups(MapReader map, ImmutableArray<string> categories)
    {
        var groups = ImmutableSortedDictionary.CreateBuilder<string, ImmutableArray<string>>(StringComparer.Ordinal);
        if (map.Map("groups") is not { } all)
            return groups.ToImmutable();
        foreach (var (name, _) in all.Entries)
        {
            if (!NamePattern().IsMatch(name.Text))
                problems.Add(name, all.PointerTo(name.Text), "expected lower-case words and hyphens here");
            if (categories.Contains(name.Text, StringComparer.Ordinal))
                problems.Add(name, all.PointerTo(name.Text), $"'{name.Text}' is a category already");
            groups[name.Text] = all.List(name.Text, "category", categories);
        }
        all.Done();
        return groups.ToImmutable();
    }

    private static CountryList ReadCountryList(MapReader map, Terms terms)
    {
        if (!map.Has("countries"))
            map.Problems.Add(map.Node, map.Pointer, "'countries' is missing");
        var list = new CountryList(terms.ReadText(map, "label", maxLength: 200), map.List("countries", "country", [.. Countries.All]));
        map.Done();
        return list;
    }

    private static Publication ReadPublication(MapReader map, Terms terms)
    {
        var publication = new Publication(
            map.List("clauses", "clause", terms.Clauses),
            map.Duration("notice-period", mayBeZero: true) ?? Missing(map, "notice-period"));
        map.Done();
        return publication;
    }

    private static Period Missing(MapReader map, string key)
    {
        if (!map.Has(key))
            map.Problems.Add(map.Node, map.Pointer, string.Create(CultureInfo.InvariantCulture, $"'{key}' is missing"));
        return Period.Zero;
    }

    private static ImmutableArray<ConsentRule> ReadConsents(MapReader? map, Terms terms, out ImmutableArray<string> gpc)
    {
        gpc = [];
        if (map is null)
            return [];
        gpc = map.List("refused-by-gpc", "purpose", terms.Purposes);
        var rules = ImmutableArray.CreateBuilder<ConsentRule>();
        foreach (var rule in map.Maps("rules"))
        {
            rules.Add(new ConsentRule(
                rule.Name("clause", "clause", terms.Clauses),
                rule.List("purposes", "purpose", terms.Purposes),
                rule.List("methods", "method", Vocabulary.ConsentMethods),
                rule.List("qualities", "quality", Vocabulary.ConsentQualities)));
            rule.Done();
        }
        map.Done();
        return rules.DrainToImmutable();
    }

    [GeneratedRegex("^[a-z0-9]+(-[a-z0-9]+)*\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex NamePattern();

    [GeneratedRegex("^[A-Z]{2,5}-[0-9]{1,3}[a-z]?\\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex ClauseId();
}

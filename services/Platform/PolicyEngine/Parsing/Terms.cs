using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What the document has named, for rules to refer to.</summary>
internal sealed record Terms(
    IReadOnlyCollection<string> Clauses,
    IReadOnlyCollection<string> Categories,
    IReadOnlyDictionary<string, ImmutableArray<string>> Groups,
    IReadOnlyCollection<string> Purposes,
    IReadOnlyCollection<string> Sources,
    IReadOnlyCollection<string> CountryLists,
    IReadOnlyCollection<string> Systems,
    IReadOnlyCollection<string> Languages)
{
    private readonly IReadOnlyCollection<string> _categoriesAndGroups = [.. Categories, .. Groups.Keys];

    /// <summary>A text in every language of the policy.</summary>
    public LocalText ReadText(MapReader map, string key, bool needed = true, int maxLength = 4000)
    {
        if (map.Map(key) is not { } texts)
        {
            if (needed)
                map.Problems.Add(map.Node, map.Pointer, $"'{key}' is missing");
            return LocalText.Empty;
        }
        return ReadText(texts, maxLength);
    }

    public LocalText ReadText(MapReader texts, int maxLength = 4000)
    {
        var read = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        foreach (var language in Languages)
            read[language] = texts.Text(language, maxLength);
        texts.Done();
        return new LocalText(read.ToImmutable());
    }

    /// <summary>Categories, with groups replaced by what is in them.</summary>
    public ImmutableArray<string> ReadCategories(MapReader map, string key) => Resolve(map.List(key, "category", _categoriesAndGroups));

    public NameSet ReadCategorySet(MapReader map, string key)
    {
        var set = ReadSet(map, key, "category", _categoriesAndGroups);
        return set with { Names = Resolve(set.Names) };
    }

    public NameSet ReadCategorySet(Node node, string pointer, MapReader map) =>
        new(Resolve(map.Names(node, pointer, "category", _categoriesAndGroups)), Except: false);

    /// <summary>A list of names, or <c>{except: [names]}</c>; absent: any.</summary>
    public static NameSet ReadSet(MapReader map, string key, string what, IReadOnlyCollection<string> known)
    {
        if (map.Value(key) is not Node.Mapping)
            return map.Has(key) ? new NameSet(map.List(key, what, known), Except: false) : NameSet.Any;
        var inner = map.Map(key)!;
        if (!inner.Has("except"))
            inner.Problems.Add(inner.Node, inner.Pointer, "'except' is missing");
        var names = inner.List("except", what, known);
        inner.Done();
        return new NameSet(names, Except: true);
    }

    private ImmutableArray<string> Resolve(ImmutableArray<string> names) =>
        [.. names.SelectMany(name => Groups.TryGetValue(name, out var members) ? members : [name]).Distinct(StringComparer.Ordinal)];
}

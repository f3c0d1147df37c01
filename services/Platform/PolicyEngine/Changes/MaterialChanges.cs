using System.Collections.Immutable;
using System.Globalization;

namespace Integritet.Platform.PolicyEngine;

/// <summary>
/// What a newer version changes about consents given under an older one. Material is what widens or re-describes that which somebody agreed to; to narrow it never is. Only purposes whose
/// consent the newer version asks for count: consent to anything else opens nothing.
/// </summary>
public static class MaterialChanges
{
    private const int MostNamed = 20;
    private const long MostComparisons = 20_000_000;

    /// <summary>Every material change from one version to a newer one, by purpose; none where everybody's consent still covers what is done.</summary>
    public static ImmutableArray<MaterialChange> Between(PolicyDocument older, PolicyDocument newer)
    {
        ArgumentNullException.ThrowIfNull(older);
        ArgumentNullException.ThrowIfNull(newer);
        var (before, after) = (ConsentGate.In(older).ToLookup(gate => gate.Purpose, StringComparer.Ordinal), ConsentGate.In(newer).ToLookup(gate => gate.Purpose, StringComparer.Ordinal));
        var changes = ImmutableArray.CreateBuilder<MaterialChange>();
        var comparable = after.Sum(gates => gates.Sum(gate => (long)gate.Categories.Length) * (1 + before[gates.Key].Count())) <= MostComparisons;
        foreach (var gates in after.OrderBy(gates => gates.Key, StringComparer.Ordinal))
        {
            if (!older.Purposes.TryGetValue(gates.Key, out var then))
                continue; // nobody can have consented to it
            changes.AddRange(Description(gates.Key, then, newer.Purposes[gates.Key]));
            changes.AddRange(Basis(gates.Key, then, newer.Purposes[gates.Key], wasAsked: before.Contains(gates.Key)));
            if (!comparable)
                changes.Add(new MaterialChange(gates.Key, MaterialChangeKind.NotCompared, "The versions are too large to be compared rule by rule."));
            else if (before.Contains(gates.Key))
                changes.AddRange(Widened(gates.Key, [.. before[gates.Key]], older, gates, newer));
        }
        return changes.DrainToImmutable();
    }

    private static IEnumerable<MaterialChange> Description(string name, Purpose then, Purpose now)
    {
        foreach (var (language, text) in then.Label.ByLanguage)
            if (now.Label.ByLanguage.TryGetValue(language, out var changed) && !string.Equals(text, changed, StringComparison.Ordinal))
                yield return new MaterialChange(name, MaterialChangeKind.Description, $"It was called '{text}' ({language}), and is now called '{changed}'.");
        if (!string.Equals(then.Dpv, now.Dpv, StringComparison.Ordinal))
            yield return new MaterialChange(name, MaterialChangeKind.Description, $"Its DPV term was {then.Dpv ?? "none"}, and is now {now.Dpv ?? "none"}.");
    }

    private static IEnumerable<MaterialChange> Basis(string name, Purpose then, Purpose now, bool wasAsked)
    {
        if (then.Basis != now.Basis)
            yield return new MaterialChange(name, MaterialChangeKind.Basis, $"Its legal basis was {Written(then.Basis)}, and is now {Written(now.Basis)}.");
        if (!wasAsked)
            yield return new MaterialChange(name, MaterialChangeKind.Basis, "No rule asked for this consent before.");
    }

    private static IEnumerable<MaterialChange> Widened(string purpose, ConsentGate[] before, PolicyDocument older, IEnumerable<ConsentGate> after, PolicyDocument newer)
    {
        var opened = new SortedDictionary<MaterialChangeKind, SortedSet<string>>();
        foreach (var gate in after)
        {
            var met = before.Where(old => old.Operation == gate.Operation && old.IsMetBy(gate, older, newer)).ToArray();
            foreach (var category in gate.Categories)
                foreach (var (kind, what) in NotCovered(gate, category, met, before))
                    (opened.TryGetValue(kind, out var names) ? names : opened[kind] = new SortedSet<string>(StringComparer.Ordinal)).Add(what);
        }
        return opened.Select(one => new MaterialChange(purpose, one.Key, Sentence(one.Key, one.Value)));
    }

    /// <summary>What a gate opens of one category that no older gate opened on the same or fewer conditions.</summary>
    private static IEnumerable<(MaterialChangeKind, string)> NotCovered(ConsentGate gate, string category, ConsentGate[] met, ConsentGate[] before)
    {
        var left = met.Where(old => old.Categories.Contains(category, StringComparer.Ordinal)).Aggregate(gate.Parties, (parties, old) => parties.Except(old.Parties));
        if (left.IsEmpty)
            return [];
        var known = before.Where(old => old.Categories.Contains(category, StringComparer.Ordinal)).ToArray();
        if (known.Length == 0)
            return [(MaterialChangeKind.Categories, category)];
        var same = known.Where(old => old.Operation == gate.Operation).ToArray();
        if (same.Length == 0)
            return [(MaterialChangeKind.Operations, gate.Operation.ToString().ToLowerInvariant())];
        var strangers = left.Except(same.SelectMany(old => old.Parties));
        return strangers.IsEmpty ? [(MaterialChangeKind.Conditions, category)] : strangers.Select(party => (KindOf(gate.Operation), party));
    }

    private static MaterialChangeKind KindOf(Operation operation) => operation switch
    {
        Operation.Collect => MaterialChangeKind.Sources,
        Operation.Access => MaterialChangeKind.Actors,
        Operation.Disclose => MaterialChangeKind.Recipients,
        _ => MaterialChangeKind.Operations,
    };

    private static string Sentence(MaterialChangeKind kind, SortedSet<string> names)
    {
        var listed = string.Join(", ", names.Take(MostNamed)) + (names.Count > MostNamed ? string.Create(CultureInfo.InvariantCulture, $" and {names.Count - MostNamed} more") : "");
        return kind switch
        {
            MaterialChangeKind.Categories => $"It opens further categories of data: {listed}.",
            MaterialChangeKind.Sources => $"Data may be collected from further sources: {listed}.",
            MaterialChangeKind.Actors => $"Further people may look at the data: {listed}.",
            MaterialChangeKind.Recipients => $"Data may go to further recipients: {listed}.",
            MaterialChangeKind.Conditions => $"Less need hold beside the consent, for: {listed}.",
            _ => $"More may be done with the data: {listed}.",
        };
    }

    private static string Written(LegalBasis basis) => ReasonCodes.Hyphenated(basis.ToString());
}

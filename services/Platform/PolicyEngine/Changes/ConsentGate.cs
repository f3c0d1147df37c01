using System.Collections.Immutable;
using System.Text.Json;

namespace Integritet.Platform.PolicyEngine;

/// <summary>A rule that asks for consent, seen as what the consent opens: these categories, for these parties, if these other conditions hold.</summary>
/// <param name="Purpose">The purpose whose consent it asks for.</param>
/// <param name="Operation">What it is about.</param>
/// <param name="Categories">Categories it opens.</param>
/// <param name="Parties">Sources of a collection, actors of an access, recipients of a disclosure; of a use, the purposes.</param>
/// <param name="Conditions">What must hold beside the consent.</param>
internal sealed record ConsentGate(string Purpose, Operation Operation, ImmutableArray<string> Categories, ImmutableHashSet<string> Parties, ImmutableArray<Condition> Conditions)
{
    /// <summary>Every gate of a policy: allowances that need consent, and refusals that consent lifts.</summary>
    public static IEnumerable<ConsentGate> In(PolicyDocument policy)
    {
        foreach (var (operation, block) in policy.Blocks)
        {
            foreach (var gate in block.Allow.SelectMany(rule => Of(policy, operation, rule.Scope, rule.Needs)).Concat(block.Refuse.SelectMany(rule => Of(policy, operation, rule.Scope, rule.Unless))))
                yield return gate;
        }
        foreach (var gate in policy.Always.SelectMany(always => always.Operations.SelectMany(operation => Of(policy, operation, always.Rule.Scope, always.Rule.Unless))))
            yield return gate;
    }

    /// <summary>Whether whoever meets the conditions of <paramref name="stricter"/> meets all of this one's.</summary>
    public bool IsMetBy(ConsentGate stricter, PolicyDocument own, PolicyDocument others) =>
        Conditions.All(condition => stricter.Conditions.Any(other => Implies(other, others, condition, own)));

    private static IEnumerable<ConsentGate> Of(PolicyDocument policy, Operation operation, Scope scope, ImmutableArray<Condition> asked)
    {
        var consents = asked.SelectMany(ConsentsIn).ToArray();
        if (consents.Length == 0)
            yield break;
        // Whose data it is, by country, is no part of what somebody agreed to.
        var beside = scope.When.Concat(asked).SelectMany(Flat).Where(condition => condition is not Condition.Country && !ConsentsIn(condition).Any()).ToImmutableArray();
        var categories = policy.Categories.Keys.Where(scope.Categories.Has).ToImmutableArray();
        var parties = PartiesOf(policy, operation, scope).ToImmutableHashSet(StringComparer.Ordinal);
        var purposes = consents.SelectMany(consent => consent.Purpose is { } one ? [one] : policy.Purposes.Keys.Where(scope.Purposes.Has)).Distinct(StringComparer.Ordinal);
        foreach (var purpose in purposes)
            yield return new ConsentGate(purpose, operation, categories, consents.All(consent => consent.Purpose is null) ? parties.Intersect(OwnOr(operation, purpose, parties)) : parties, beside);
    }

    // Consent to "the purpose asked" opens that purpose alone.
    private static IEnumerable<string> OwnOr(Operation operation, string purpose, IEnumerable<string> parties) => operation == Operation.Use ? [purpose] : parties;

    private static IEnumerable<string> PartiesOf(PolicyDocument policy, Operation operation, Scope scope) => operation switch
    {
        Operation.Collect => policy.Sources.Keys.Where(scope.Sources.Has),
        Operation.Access => Vocabulary.Actors.Where(scope.Actors.Has),
        Operation.Disclose => Vocabulary.Recipients.Where(scope.Recipients.Has),
        Operation.Use => policy.Purposes.Keys.Where(scope.Purposes.Has),
        _ => [""],
    };

    private static IEnumerable<Condition.Consent> ConsentsIn(Condition condition) => condition switch
    {
        Condition.Consent consent => [consent],
        Condition.All all => all.Of.SelectMany(ConsentsIn),
        Condition.Any any => any.Of.SelectMany(ConsentsIn),
        _ => [],
    };

    private static IEnumerable<Condition> Flat(Condition condition) => condition is Condition.All all ? all.Of.SelectMany(Flat) : [condition];

    private static bool Implies(Condition one, PolicyDocument onesPolicy, Condition other, PolicyDocument othersPolicy) => (one, other) switch
    {
        (Condition.Destination { Lists.Except: false } a, Condition.Destination { Lists.Except: false } b) => Countries(a.Lists, onesPolicy).IsSubsetOf(Countries(b.Lists, othersPolicy)),
        (Condition.Destination { Lists.Except: true } a, Condition.Destination { Lists.Except: true } b) => Countries(b.Lists, othersPolicy).IsSubsetOf(Countries(a.Lists, onesPolicy)),
        (Condition.Any a, Condition.Any b) => a.Of.All(x => b.Of.Any(y => Implies(x, onesPolicy, y, othersPolicy))),
        (not Condition.Any, Condition.Any b) => b.Of.Any(y => Implies(one, onesPolicy, y, othersPolicy)),
        _ => one.GetType() == other.GetType() && string.Equals(Text(one), Text(other), StringComparison.Ordinal),
    };

    private static HashSet<string> Countries(NameSet lists, PolicyDocument policy) => lists.Names.SelectMany(list => policy.CountryLists[list].Countries).ToHashSet(StringComparer.Ordinal);

    private static string Text(Condition condition) => JsonSerializer.Serialize(condition, condition.GetType());
}

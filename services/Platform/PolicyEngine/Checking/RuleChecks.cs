using System.Collections.Immutable;
using System.Globalization;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Rules that contradict each other, say the same twice, or can never apply.</summary>
internal static class RuleChecks
{
    public static IEnumerable<PolicyProblem> Run(PolicyDocument policy) => policy.Blocks.SelectMany(block => Check(policy, block.Key, block.Value)).Concat(CheckAlways(policy));

    private static IEnumerable<PolicyProblem> Check(PolicyDocument policy, Operation operation, RuleBlock block)
    {
        var name = operation.ToString().ToLowerInvariant();
        for (var i = 0; i < block.Refuse.Length; i++)
        {
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/{name}/refuse/{i}");
            foreach (var message in NeverApplies(policy, operation, block.Refuse[i].Scope))
                yield return policy.ProblemAt(pointer, message);
        }
        for (var i = 0; i < block.Allow.Length; i++)
        {
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/{name}/allow/{i}");
            foreach (var message in NeverApplies(policy, operation, block.Allow[i].Scope).Concat(Impossible(policy, operation, block.Allow[i])))
                yield return policy.ProblemAt(pointer, message);
            if (RefusalOver(policy, operation, block, block.Allow[i].Scope) is { } refusal)
                yield return policy.ProblemAt(pointer, $"contradiction: whatever {block.Allow[i].Clause} allows here, {refusal.Clause} refuses");
            if (FirstTwin(block.Allow, i) is { } twin)
                yield return policy.ProblemAt(pointer, string.Create(CultureInfo.InvariantCulture, $"says the same as /{name}/allow/{twin}"));
        }
    }

    private static IEnumerable<PolicyProblem> CheckAlways(PolicyDocument policy)
    {
        for (var i = 0; i < policy.Always.Length; i++)
            foreach (var message in policy.Always[i].Operations.SelectMany(operation => NeverApplies(policy, operation, policy.Always[i].Rule.Scope, mayBeWide: true)).Distinct(StringComparer.Ordinal))
                yield return policy.ProblemAt(string.Create(CultureInfo.InvariantCulture, $"/always/{i}"), message);
    }

    /// <summary>Scopes that no question of the operation can meet.</summary>
    private static IEnumerable<string> NeverApplies(PolicyDocument policy, Operation operation, Scope scope, bool mayBeWide = false)
    {
        if (IsEmpty(scope.Categories, policy.Categories.Keys) || IsEmpty(scope.Purposes, policy.Purposes.Keys) || IsEmpty(scope.Sources, policy.Sources.Keys))
            yield return "can never apply: every name is excepted";
        if (!mayBeWide && !scope.Sources.IsAny && operation != Operation.Collect)
            yield return $"can never apply: the operation {Name(operation)} has no source";
        if (!mayBeWide && !scope.Actors.IsAny && operation != Operation.Access)
            yield return $"can never apply: the operation {Name(operation)} has no actor";
        if (!mayBeWide && !scope.Recipients.IsAny && operation != Operation.Disclose)
            yield return $"can never apply: the operation {Name(operation)} has no recipient";
        if (!scope.Between.IsEmpty && operation != Operation.Link)
            yield return $"can never apply: 'between' is about the operation link, not {Name(operation)}";
        if (scope.When.OfType<Condition.Outgoing>().Any() && scope.When.OfType<Condition.Incoming>().Any())
            yield return "can never apply: no message goes out and comes in";
        if (scope.When.OfType<Condition.Attribute>().GroupBy(attribute => attribute.Name, StringComparer.Ordinal).Any(same => same.Select(attribute => attribute.Value).Distinct().Count() > 1))
            yield return "can never apply: an attribute cannot be true and false";
        foreach (var condition in Flatten(scope.When).Where(condition => !MayBeAsked(condition, operation) && !mayBeWide))
            yield return $"can never apply: {Written(condition)} is not known of the operation {Name(operation)}";
    }

    /// <summary>Needs that can never be met.</summary>
    private static IEnumerable<string> Impossible(PolicyDocument policy, Operation operation, AllowRule rule)
    {
        foreach (var condition in Flatten(rule.Needs))
        {
            if (!MayBeAsked(condition, operation))
                yield return $"can never permit: {Written(condition)} is not known of the operation {Name(operation)}";
            if (condition is Condition.Agreement agreement && operation == Operation.Disclose && !rule.Scope.Recipients.Except && !rule.Scope.Recipients.Names.Any(kind => CanHave(policy, kind, agreement.Type)))
                yield return $"can never permit: no recipient of the kinds {string.Join(", ", rule.Scope.Recipients.Names)} can have an agreement of the type {agreement.Type}";
        }
    }

    /// <summary>Courts and authorities act by power of law and sign no agreements; staff sign no data-processing agreement. And an agreement cannot come after itself.</summary>
    private static bool CanHave(PolicyDocument policy, string recipient, string type)
    {
        if (recipient is "court" or "police" or "authority" || (recipient is "employee" or "acquirer" && type == "dpa"))
            return false;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var wanted = type; wanted is not null; wanted = Before(policy, recipient, wanted))
            if (!seen.Add(wanted))
                return false;
        return true;
    }

    private static string? Before(PolicyDocument policy, string recipient, string type) =>
        policy.Agreements.FirstOrDefault(rule => rule.Recipients.Contains(recipient, StringComparer.Ordinal) && rule.Type == type)?.After;

    private static RefuseRule? RefusalOver(PolicyDocument policy, Operation operation, RuleBlock block, Scope allowed) =>
        policy.Always.Where(always => always.Operations.Contains(operation)).Select(always => always.Rule).Concat(block.Refuse)
            .FirstOrDefault(refusal => refusal.Unless.IsEmpty && Covers(policy, refusal.Scope, allowed));

    /// <summary>Whether every question in one scope is in the other.</summary>
    private static bool Covers(PolicyDocument policy, Scope wide, Scope narrow) =>
        Covers(wide.Categories, narrow.Categories, policy.Categories.Keys)
        && Covers(wide.Purposes, narrow.Purposes, policy.Purposes.Keys)
        && Covers(wide.Sources, narrow.Sources, policy.Sources.Keys)
        && Covers(wide.Actors, narrow.Actors, Vocabulary.Actors)
        && Covers(wide.Recipients, narrow.Recipients, Vocabulary.Recipients)
        && wide.Between.IsEmpty
        && wide.When.All(narrow.When.Contains);

    /// <summary>"None given" counts as one more name: a list does not have it.</summary>
    private static bool Covers(NameSet wide, NameSet narrow, IEnumerable<string> all) =>
        wide.IsAny || ((wide.Except || !narrow.Except) && all.Where(narrow.Has).All(wide.Has));

    private static bool IsEmpty(NameSet set, IEnumerable<string> all) => !set.IsAny && !all.Any(set.Has);

    private static int? FirstTwin(ImmutableArray<AllowRule> rules, int index)
    {
        for (var i = 0; i < index; i++)
            if (rules[i].Clause == rules[index].Clause && Same(rules[i], rules[index]))
                return i;
        return null;
    }

    private static bool Same(AllowRule one, AllowRule other) =>
        Same(one.Scope.Categories, other.Scope.Categories) && Same(one.Scope.Purposes, other.Scope.Purposes) && Same(one.Scope.Sources, other.Scope.Sources)
        && Same(one.Scope.Actors, other.Scope.Actors) && Same(one.Scope.Recipients, other.Scope.Recipients) && one.Scope.Between.IsEmpty && other.Scope.Between.IsEmpty
        && one.Scope.When.SequenceEqual(other.Scope.When) && one.Needs.SequenceEqual(other.Needs);

    private static bool Same(NameSet one, NameSet other) => one.Except == other.Except && one.Names.ToHashSet(StringComparer.Ordinal).SetEquals(other.Names);

    private static IEnumerable<Condition> Flatten(IEnumerable<Condition> conditions) => conditions.SelectMany(condition => condition switch
    {
        Condition.All all => Flatten(all.Of),
        Condition.Any any => Flatten(any.Of),
        _ => [condition],
    });

    /// <summary>Whether a question of the operation can carry what the condition looks at.</summary>
    private static bool MayBeAsked(Condition condition, Operation operation) => condition switch
    {
        Condition.Outgoing or Condition.Incoming or Condition.AgreedContact => operation == Operation.Notify,
        Condition.LawfulSource or Condition.NetworkAllows => operation == Operation.Collect,
        Condition.Relation or Condition.OwnData or Condition.ListedAddress or Condition.AccessRight => operation == Operation.Access,
        Condition.Destination or Condition.Safeguard => operation is Operation.Transfer or Operation.Disclose,
        Condition.Ground or Condition.Breach or Condition.Instrument or Condition.Finding or Condition.GroupCompanyRecipient or Condition.ObjectionPeriodOver => operation == Operation.Disclose,
        Condition.StoredIn or Condition.Attribute or Condition.RetentionAgreement => operation == Operation.Store,
        _ => true,
    };

    private static string Name(Operation operation) => operation.ToString().ToLowerInvariant();

    private static string Written(Condition condition) => ReasonCodes.Hyphenated(condition.GetType().Name);
}

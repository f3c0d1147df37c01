using System.Globalization;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Nothing is held without a rule, and every rule comes to an end (LAW-5).</summary>
internal static class RetentionChecks
{
    public static IEnumerable<PolicyProblem> Run(PolicyDocument policy) => NeverEnding(policy).Concat(HeldWithoutRule(policy));

    private static IEnumerable<PolicyProblem> NeverEnding(PolicyDocument policy)
    {
        for (var i = 0; i < policy.Keep.Length; i++)
        {
            var rule = policy.Keep[i];
            var pointer = string.Create(CultureInfo.InvariantCulture, $"/store/keep/{i}");
            if (rule.Until is Until.PurposesEnded && rule.Review is null)
                yield return policy.ProblemAt(pointer, "may never end: 'purposes-ended' needs a 'review', or nobody notices a purpose that goes on for ever");
            if (rule.Until is null && !policy.Keep.Any(other => other.Until is not null && Touches(policy, rule.Scope, other.Scope)))
                yield return policy.ProblemAt(pointer, "never ends: a 'minimum' says when erasure may begin, no rule says when it must");
            if (rule.Until is Until.Triggered { Triggers.IsEmpty: true })
                yield return policy.ProblemAt(pointer, "never ends: it waits for no trigger");
        }
    }

    private static bool Touches(PolicyDocument policy, Scope one, Scope other) => policy.Categories.Keys.Any(category => one.Categories.Has(category) && other.Categories.Has(category));

    /// <summary>What may be collected is held somewhere, so some rule must say for how long.</summary>
    private static IEnumerable<PolicyProblem> HeldWithoutRule(PolicyDocument policy)
    {
        if (!policy.Blocks.TryGetValue(Operation.Collect, out var collect))
            yield break;
        foreach (var category in policy.Categories.Keys)
        {
            var collected = collect.Allow.Any(rule => rule.Scope.Categories.Has(category)) && !IsRefused(policy, category);
            if (collected && !policy.Keep.Any(rule => rule.Until is not null && rule.Scope.Categories.Has(category)))
                yield return policy.ProblemAt("/store", $"'{category}' may be collected, but no keep rule says how long it is held");
        }
    }

    private static bool IsRefused(PolicyDocument policy, string category) =>
        policy.Always.Any(always => always.Operations.Contains(Operation.Store) && always.Rule.Unless.IsEmpty && always.Rule.Scope.When.IsEmpty && always.Rule.Scope.Categories.Has(category));
}

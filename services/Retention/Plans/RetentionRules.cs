using System.Collections.Immutable;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;

namespace Integritet.Retention.Plans;

/// <summary>What the policy's block <c>store</c> says of a holding: whether it may be held at all, and which rules end it.</summary>
public static class RetentionRules
{
    /// <summary>The rules that are about the holding, in the document's order, each once.</summary>
    public static ImmutableArray<KeepRule> Of(HeldData holding, PlanFacts facts, PolicyVersion policy) => Of(holding, facts, policy, encryptedSystem: true);

    /// <summary>The rules, where the system's encryption matters to which they are.</summary>
    public static ImmutableArray<KeepRule> Of(HeldData holding, PlanFacts facts, PolicyVersion policy, bool encryptedSystem)
    {
        ImmutableArray<KeepRule> first = [];
        List<KeepRule>? all = null;
        foreach (var (question, known) in Questions(holding, facts, policy, encryptedSystem))
        {
            var rules = policy.Compiled.KeepRules(question, known);
            if (first.IsEmpty)
                first = rules;
            else
                (all ??= [.. first]).AddRange(rules.Where(rule => !all.Contains(rule)));
        }
        // In the document's order, which decides between rules of one instant.
        return all is null || all.Count == first.Length ? first : [.. policy.Document.Keep.Where(all.Contains)];
    }

    /// <summary>Why it may not be held: a reason of each rule that refuses; none where it may.</summary>
    public static ImmutableArray<Reason> Refusals(HeldData holding, PlanFacts facts, PolicyVersion policy, bool encryptedSystem)
    {
        List<Reason>? reasons = null;
        foreach (var (question, known) in Questions(holding, facts, policy, encryptedSystem))
            if (policy.Compiled.Decide(question, known) is { Allowed: false } refused)
                (reasons ??= []).AddRange(refused.Reasons.Where(r => !reasons.Contains(r)));
        return reasons is null ? [] : [.. reasons];
    }

    /// <summary>One question for each category and purpose: what a customer has agreed to differs by category.</summary>
    private static IEnumerable<(Question Question, Facts Known)> Questions(HeldData holding, PlanFacts facts, PolicyVersion policy, bool encryptedSystem)
    {
        var attributes = holding.Attributes;
        foreach (var category in holding.Categories)
        {
            var known = Facts.None with { EncryptedSystem = encryptedSystem, RetentionAgreement = facts.AgreementOn(category) is not null };
            foreach (var purpose in holding.Purposes)
            {
                var asked = new Asked
                {
                    Operation = Operation.Store, Categories = [category], Purpose = purpose, System = holding.System, Attributes = attributes,
                    CustomerControlled = holding.CustomerControlled, Customer = holding.Customer,
                };
                // A later version may have dropped a name that an old holding goes by: a purpose is then none, and no rule is about a category.
                if (policy.Compiled.TryResolve(asked, out var question, out _) || policy.Compiled.TryResolve(asked with { Purpose = null }, out question, out _))
                    yield return (question, known);
            }
        }
    }
}

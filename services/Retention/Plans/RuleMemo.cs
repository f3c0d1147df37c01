using System.Collections.Immutable;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;

namespace Integritet.Retention.Plans;

/// <summary>
/// What the policy says of the holding before, for many that follow on one another: those of an import are mostly alike in all that rules look at. Not for two threads at a time.
/// </summary>
public sealed class RuleMemo(PolicyVersion policy)
{
    private HeldData? _before;
    private bool _encrypted;
    private ImmutableArray<Reason> _refusals = [];
    private ImmutableArray<KeepRule> _rules = [];

    /// <summary>Why it may not be held, and the rules that end it.</summary>
    public (ImmutableArray<Reason> Refusals, ImmutableArray<KeepRule> Rules) Of(HeldData holding, PlanFacts facts, bool encryptedSystem)
    {
        // Which categories an agreement covers differs from customer to customer.
        var memorable = facts.Agreements.Count == 0;
        if (memorable && _before is { } before && _encrypted == encryptedSystem && AreAlike(before, holding))
            return (_refusals, _rules);
        (_refusals, _rules) = (RetentionRules.Refusals(holding, facts, policy, encryptedSystem), RetentionRules.Of(holding, facts, policy));
        (_before, _encrypted) = (memorable ? holding : null, encryptedSystem);
        return (_refusals, _rules);
    }

    // A refusal may name the customer whose data it is.
    private static bool AreAlike(HeldData one, HeldData other) =>
        one.System == other.System && (one.Relevant, one.CustomerOwned, one.CustomerControlled) == (other.Relevant, other.CustomerOwned, other.CustomerControlled)
        && (!one.CustomerControlled || one.Customer == other.Customer)
        && one.Categories.SequenceEqual(other.Categories, StringComparer.Ordinal) && one.Purposes.SequenceEqual(other.Purposes, StringComparer.Ordinal);
}

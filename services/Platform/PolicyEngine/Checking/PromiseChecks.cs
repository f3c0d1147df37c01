namespace Integritet.Platform.PolicyEngine;

/// <summary>Promises that nothing carries out, and purposes without a basis.</summary>
internal static class PromiseChecks
{
    public static IEnumerable<PolicyProblem> Run(PolicyDocument policy) => Unkept(policy).Concat(WithoutBasis(policy));

    /// <summary>A clause that no rule cites would stand in the notice and bind nobody.</summary>
    private static IEnumerable<PolicyProblem> Unkept(PolicyDocument policy)
    {
        var cited = Cited(policy).ToHashSet(StringComparer.Ordinal);
        return policy.Clauses.Keys.Where(clause => !cited.Contains(clause)).Select(clause => policy.ProblemAt($"/clauses/{clause}", $"{clause} is promised, but no rule carries it out"));
    }

    private static IEnumerable<string> Cited(PolicyDocument policy) =>
    [
        .. Law.Rules.Select(rule => rule.Rule.Clause),
        .. policy.Publication.Clauses,
        .. policy.Controller.Group.Select(company => company.Clause),
        .. policy.Consents.Select(rule => rule.Clause),
        .. policy.Always.Select(rule => rule.Rule.Clause),
        .. policy.Blocks.Values.SelectMany(block => block.Allow.Select(rule => rule.Clause).Concat(block.Refuse.Select(rule => rule.Clause)).Append(block.Otherwise)),
        .. policy.Keep.Select(rule => rule.Clause),
        .. policy.Agreements.Select(rule => rule.Clause),
        .. policy.Notices.Select(rule => rule.Clause),
        .. policy.Requests.Values.SelectMany(rule => rule.Clauses),
        .. policy.OwnRecords.Select(rule => rule.Clause),
        .. policy.Measures.Select(rule => rule.Clause),
    ];

    private static IEnumerable<PolicyProblem> WithoutBasis(PolicyDocument policy)
    {
        foreach (var (name, purpose) in policy.Purposes)
        {
            var uses = policy.Blocks.TryGetValue(Operation.Use, out var use) ? use.Allow.Where(rule => rule.Scope.Purposes.Has(name)).ToArray() : [];
            if (purpose.Basis == LegalBasis.None && uses.Length > 0)
                yield return policy.ProblemAt($"/purposes/{name}", $"'{name}' has no legal basis, but {uses[0].Clause} allows data to be used for it");
            if (purpose.Basis == LegalBasis.Consent && uses.Length > 0 && !AsksForConsent(policy, name, uses))
                yield return policy.ProblemAt($"/purposes/{name}", $"'{name}' rests on consent, but no rule that allows it asks for consent");
        }
    }

    private static bool AsksForConsent(PolicyDocument policy, string purpose, IEnumerable<AllowRule> uses) =>
        uses.Any(rule => AsksForConsent(rule.Needs, purpose)) || policy.Consents.Any(rule => rule.Purposes.Contains(purpose, StringComparer.Ordinal));

    private static bool AsksForConsent(IEnumerable<Condition> conditions, string purpose) => conditions.Any(condition => condition switch
    {
        Condition.Consent consent => consent.Purpose is null || consent.Purpose == purpose,
        Condition.All all => AsksForConsent(all.Of, purpose),
        Condition.Any any => AsksForConsent(any.Of, purpose),
        _ => false,
    });
}

using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What must hold before a policy is published, beyond what the parser sees: that its rules make sense together, and that its examples get the answers they expect.</summary>
public static class PolicyCheck
{
    /// <summary>Every problem in the document's order; none if it may be published.</summary>
    public static ImmutableArray<PolicyProblem> Run(CompiledPolicy policy)
    {
        var document = policy.Document;
        var problems = RuleChecks.Run(document)
            .Concat(RetentionChecks.Run(document))
            .Concat(PromiseChecks.Run(document))
            .Concat(PolicyExamples.Run(policy));
        return [.. problems.OrderBy(problem => problem.Line).Take(PolicyParser.MaxProblems)];
    }
}

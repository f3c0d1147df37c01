using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What must hold before a policy is published, beyond what the parser sees.</summary>
public static class PolicyCheck
{
    /// <summary>Every problem in the document's order; none if it may be published.</summary>
    public static ImmutableArray<PolicyProblem> Run(CompiledPolicy policy) => PolicyExamples.Run(policy);
}

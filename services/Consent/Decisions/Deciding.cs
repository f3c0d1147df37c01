using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>The pure heart of a decision: question, facts and policy in, a decision out. The first time and every time it is explained, this is what runs.</summary>
public static class Deciding
{
    /// <summary>What Consent alone does not decide: asked here, the answer permits nothing.</summary>
    public static bool IsAdvisory(Operation operation) => operation is Operation.Store or Operation.Disclose;

    /// <summary>Answers a resolved question.</summary>
    public static DecisionMade Decide(RecordedQuestion question, Question resolved, IReadOnlyList<DecisionFact> facts, PolicyVersion policy, long knownUpTo, DateTimeOffset at)
    {
        var answer = policy.Compiled.Decide(resolved, FactsOf(question, facts));
        return new DecisionMade(
            question, facts, knownUpTo, CompiledPolicy.EngineVersion, policy.Version, policy.Hash,
            answer.Allowed ? DecisionOutcome.Permit : DecisionOutcome.Refuse, IsAdvisory(question.Operation), answer.Rules,
            [.. answer.Reasons.Select(r => new DecisionReason(r.Rule, r.Code.Written(), r.Text))],
            answer.PermittedCategories, answer.CutCategories, policy.Document.Controller.Contact, at);
    }

    /// <summary>Recorded facts as the rules see them.</summary>
    public static Facts FactsOf(RecordedQuestion question, IReadOnlyList<DecisionFact> facts)
    {
        var told = Facts.None with { OwnData = question.Subject is { } subject && string.Equals(question.Actor?.Subject, subject, StringComparison.Ordinal) };
        foreach (var source in FactSource.All)
            if (AnyOf(source, facts))
                told = source.Tell(told, facts);
        return told;
    }

    private static bool AnyOf(FactSource source, IReadOnlyList<DecisionFact> facts)
    {
        for (var i = 0; i < facts.Count; i++)
            if (source.Recorded(facts[i]))
                return true;
        return false;
    }
}

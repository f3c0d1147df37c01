using System.Collections.Immutable;
using System.Globalization;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Runs a policy's examples: a policy is its own test, and one that fails must not be published.</summary>
public static class PolicyExamples
{
    /// <summary>A problem for each example whose answer is another than expected; none if all agree.</summary>
    public static ImmutableArray<PolicyProblem> Run(CompiledPolicy policy)
    {
        var problems = ImmutableArray.CreateBuilder<PolicyProblem>();
        for (var i = 0; i < policy.Document.Examples.Length; i++)
        {
            var example = policy.Document.Examples[i];
            if (DifferenceIn(policy, example) is { } difference)
                problems.Add(policy.Document.ProblemAt(string.Create(CultureInfo.InvariantCulture, $"/examples/{i}"), $"\"{example.Says}\": {difference}"));
        }
        return problems.DrainToImmutable();
    }

    private static string? DifferenceIn(CompiledPolicy policy, Example example)
    {
        if (!policy.TryResolve(example.Asks, out var question, out var unresolved))
            return $"cannot be asked: {unresolved[0].Message} ({unresolved[0].Pointer})";
        var decision = policy.Decide(question, example.Given);
        if (decision.Outcome != example.Outcome)
            return $"expected {Written(example.Outcome)}, got {Written(decision.Outcome)}{Because(decision)}";
        if (example.Code is { } code && !decision.Reasons.Any(reason => reason.Code == code && IsClause(reason.Rule, example.Rule)))
            return $"expected {example.Rule} with {code.Written()}, got{Because(decision)}";
        if (example.Code is null && !decision.Rules.Contains(example.Rule, StringComparer.Ordinal))
            return $"expected {example.Rule} to take part, got {string.Join(", ", decision.Rules)}";
        if (!example.Cut.IsDefault && !example.Cut.ToHashSet(StringComparer.Ordinal).SetEquals(decision.CutCategories))
            return $"expected {string.Join(", ", example.Cut)} to be cut, got {string.Join(", ", decision.CutCategories)}";
        return null;
    }

    private static bool IsClause(string? rule, string expected) => string.Equals(rule ?? ExampleReader.NoRule, expected, StringComparison.Ordinal);

    private static string Written(Outcome outcome) => ReasonCodes.Hyphenated(outcome.ToString());

    private static string Because(Decision decision) =>
        decision.Reasons.IsEmpty ? $" by {string.Join(", ", decision.Rules)}" : ": " + string.Join("; ", decision.Reasons.Select(reason => $"{reason.Rule ?? "no clause"} {reason.Code.Written()}"));
}

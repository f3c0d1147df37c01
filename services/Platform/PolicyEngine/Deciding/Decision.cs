using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What the rules say.</summary>
public enum Outcome
{
    /// <summary>Permitted.</summary>
    Permit,

    /// <summary>Refused.</summary>
    Refuse,

    /// <summary>Waits for what is missing (disclosures).</summary>
    Hold,
}

/// <summary>The answer to a question.</summary>
/// <param name="Outcome">What the rules say.</param>
/// <param name="Rules">Ids of the clauses that took part, each once.</param>
/// <param name="Reasons">Each reason against it, or against what was cut; empty when all of it is permitted.</param>
/// <param name="PermittedCategories">What is permitted, or what a narrower question would get.</param>
/// <param name="CutCategories">For disclosures: what was left out.</param>
/// <param name="Execute">For disclosures: what must be there before execution; null: nothing.</param>
public sealed record Decision(
    Outcome Outcome,
    ImmutableArray<string> Rules,
    ImmutableArray<Reason> Reasons,
    ImmutableArray<string> PermittedCategories,
    ImmutableArray<string> CutCategories,
    ExecutionRule? Execute = null)
{
    /// <summary>Whether it is permitted.</summary>
    public bool Allowed => Outcome == Outcome.Permit;
}

/// <summary>One reason against a question.</summary>
/// <param name="Rule">The clause; null for <see cref="ReasonCode.NoRule"/>, where no clause speaks.</param>
/// <param name="Code">The stable code.</param>
/// <param name="Text">A sentence for people, in English; no personal value is in it.</param>
public sealed record Reason(string? Rule, ReasonCode Code, string Text);

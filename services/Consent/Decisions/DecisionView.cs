namespace Integritet.Consent.Decisions;

/// <summary>A decision as callers see it (api.md). What is only advice permits nothing.</summary>
/// <param name="DecisionId">Null where nothing was recorded.</param>
public record DecisionView(
    string? DecisionId, DecisionOutcome Outcome, bool Allowed, bool Advisory, IReadOnlyList<string> Rules, IReadOnlyList<DecisionReason> Reasons,
    IReadOnlyList<string> PermittedCategories, IReadOnlyList<string> CutCategories, int PolicyVersion, string PolicyHash, DateTimeOffset EvaluatedAt, string Contact)
{
    public static DecisionView Of(DecisionId? id, DecisionMade made) => new(
        id?.ToString(), made.Outcome, made is { Outcome: DecisionOutcome.Permit, Advisory: false }, made.Advisory, made.Rules, made.Reasons,
        made.PermittedCategories, made.CutCategories, made.PolicyVersion, made.PolicyHash, made.EvaluatedAt, made.Contact);
}

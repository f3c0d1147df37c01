using System.Text.Json;
using Integritet.Consent.Decisions;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Simulations;

/// <summary>What a simulation needs of a recorded decision: the question, the facts, and what came of them. The rest of the event is passed over unread.</summary>
public sealed record PastDecision(RecordedQuestion Question, IReadOnlyList<DecisionFact> Facts, int PolicyVersion, DecisionOutcome Outcome, bool Advisory)
{
    /// <summary>Reads it from the JSON of a <see cref="DecisionMade"/>.</summary>
    public static PastDecision Read(ReadOnlySpan<byte> json) =>
        JsonSerializer.Deserialize<PastDecision>(json, EventJson.Options) ?? throw new JsonException("JSON null is no decision.");

    /// <summary>As it was recorded.</summary>
    public static PastDecision Of(DecisionMade made) => new(made.Question, made.Facts, made.PolicyVersion, made.Outcome, made.Advisory);

    /// <summary>The facts it was decided on.</summary>
    public Facts KnownThen() => Deciding.FactsOf(Question, Facts);
}

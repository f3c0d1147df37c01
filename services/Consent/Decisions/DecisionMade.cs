using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;

namespace Integritet.Consent.Decisions;

/// <summary>One question answered, with everything needed to answer it again: the question, the facts and where they came from, the policy and the engine.</summary>
/// <param name="KnownUpTo">Position of this service's log up to which facts were known; 0 where none were needed.</param>
/// <param name="EvaluatedAt">The instant the answer holds for.</param>
[StoredEvent("decision-made.v1")]
public sealed record DecisionMade(
    RecordedQuestion Question, IReadOnlyList<DecisionFact> Facts, long KnownUpTo, int EngineVersion, int PolicyVersion, string PolicyHash,
    DecisionOutcome Outcome, bool Advisory, IReadOnlyList<string> Rules, IReadOnlyList<DecisionReason> Reasons,
    IReadOnlyList<string> PermittedCategories, IReadOnlyList<string> CutCategories, string Contact, DateTimeOffset EvaluatedAt) : IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => Question.Subjects;
}

/// <summary>The two answers there are.</summary>
public enum DecisionOutcome
{
    Permit,
    Refuse,
}

/// <summary>A reason against it; without a rule where the policy has none for the operation.</summary>
public sealed record DecisionReason(string? Rule, string Code, string Text);

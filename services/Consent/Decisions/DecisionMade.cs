using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;

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

/// <summary>A fact the rules looked at: nothing personal, and the event it came from.</summary>
/// <param name="Kind"><c>consent</c>.</param>
/// <param name="Purpose">The purpose consented to.</param>
/// <param name="State">How the person's newest statement on it stood.</param>
/// <param name="Since">When it was stated.</param>
/// <param name="EventId">The event of that statement.</param>
public sealed record DecisionFact(string Kind, string Purpose, ConsentState State, DateTimeOffset Since, Guid EventId);

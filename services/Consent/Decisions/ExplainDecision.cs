using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Decisions;

/// <summary>Runs a decision again under the policy version and on the facts of its day, and looks the facts up where they came from.</summary>
public static class ExplainDecision
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/decisions/{id}/explanation", HandleAsync).RequireRoles(Roles.Auditor, Roles.Officer)
            .WithSummary("A decision run again on the facts of its day.");

    /// <summary>Whether the recorded question, facts and policy still give the recorded answer.</summary>
    public static Replay Run(DecisionMade recorded, PolicyVersion? policy, IReadOnlySet<Guid> factsFound)
    {
        if (policy is null || !string.Equals(policy.Hash, recorded.PolicyHash, StringComparison.Ordinal))
            return Replay.Differs;
        if (!recorded.Facts.All(f => factsFound.Contains(f.EventId)))
            return Replay.FactsErased;
        if (!policy.Compiled.TryResolve(recorded.Question.ToAsked(), out var resolved, out _))
            return Replay.Differs;
        var again = Deciding.Decide(recorded.Question, resolved, recorded.Facts, policy, recorded.KnownUpTo, recorded.EvaluatedAt);
        return SameAnswer(recorded, again) ? Replay.Identical : Replay.Differs;
    }

    private static bool SameAnswer(DecisionMade one, DecisionMade other) =>
        one.Outcome == other.Outcome && one.Advisory == other.Advisory
        && one.Rules.SequenceEqual(other.Rules, StringComparer.Ordinal)
        && one.Reasons.SequenceEqual(other.Reasons)
        && one.PermittedCategories.SequenceEqual(other.PermittedCategories, StringComparer.Ordinal)
        && one.CutCategories.SequenceEqual(other.CutCategories, StringComparer.Ordinal);

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, string id, EventStreams streams, PolicyVersions policies, FactReader facts)
    {
        if (await ReadDecision.FindAsync(http, streams, controller, id) is not { } found)
            return ReadDecision.NoSuchDecision();
        var policy = policies.Find(controller, found.Made.PolicyVersion);
        var present = policy is null ? new HashSet<Guid>() : await FindFactsAsync(facts, controller, found.Made, policy, http.RequestAborted);
        return Results.Json(new Explanation(DecisionView.Of(found.Id, found.Made), found.Made, Run(found.Made, policy, present)), JsonText.Options);
    }

    // Everything is looked up once more as it stood then: a fact counts as found where what it came from still says what it said.
    private static async Task<IReadOnlySet<Guid>> FindFactsAsync(FactReader facts, string controller, DecisionMade made, PolicyVersion policy, CancellationToken cancel)
    {
        if (made.Facts.Count == 0 || !policy.Compiled.TryResolve(made.Question.ToAsked(), out var resolved, out _))
            return new HashSet<Guid>();
        var asked = KnownFacts.AskedAgain(made, policy.Compiled.FactsNeeded(resolved)).ToHashSet();
        var known = await facts.ReadAsOfAsync(controller, asked, made.EvaluatedAt, made.KnownUpTo, cancel);
        var again = known.BearingOn(made.Question, asked);
        return made.Facts.Where(fact => again.Any(fact.SaysTheSameAs)).Select(fact => fact.EventId).ToHashSet();
    }
}

/// <summary>What came of running a decision again.</summary>
public enum Replay
{
    /// <summary>The same answer, on facts that are still on record.</summary>
    Identical,

    /// <summary>A fact it rested on has been erased.</summary>
    FactsErased,

    /// <summary>Another answer, or its policy is not what it was.</summary>
    Differs,
}

/// <summary>A decision with what it rested on.</summary>
public sealed record Explanation : DecisionView
{
    public Explanation(DecisionView view, DecisionMade made, Replay replayed)
        : base(view) => (Question, Facts, KnownUpTo, EngineVersion, Replayed) = (made.Question, made.Facts, made.KnownUpTo, made.EngineVersion, replayed);

    public RecordedQuestion Question { get; }

    public IReadOnlyList<DecisionFact> Facts { get; }

    public long KnownUpTo { get; }

    public int EngineVersion { get; }

    public Replay Replayed { get; }
}

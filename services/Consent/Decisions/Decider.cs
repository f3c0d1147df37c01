using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>What came of asking: an answer to each question, or what is wrong with some of them.</summary>
public abstract record Answers
{
    private Answers() { }

    public sealed record Made(IReadOnlyList<DecisionMade> Decisions) : Answers;

    public sealed record Refused(Problem Problem) : Answers;
}

/// <summary>Answers questions: the policy from memory, the facts of all of them, of whatever kinds, in one read, then <see cref="Deciding"/>. Stores nothing.</summary>
public sealed class Decider(PolicyVersions policies, FactReader facts, SourceFreshness freshness, IEventStore store, TimeProvider clock)
{
    private readonly GatheredReads _present = new(facts.ReadAsync);

    private const int MaxAttempts = 10;

    /// <summary>Answers as of now. <paramref name="pointer"/> tells a question's place in the request.</summary>
    public async Task<Answers> AnswerAsync(string controller, IReadOnlyList<RecordedQuestion> questions, Func<int, string> pointer, CancellationToken cancel)
    {
        var instant = clock.GetUtcNow();
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            if (policies.InForce(controller, instant) is not { } policy)
                return new Answers.Refused(PolicyVersions.NoSuchController());
            if (!TryResolve(questions, policy, pointer, out var resolved, out var problem))
                return new Answers.Refused(problem);
            var known = await _present.ReadAsync(controller, NeededBy(questions, resolved, policy), cancel);
            // The facts may hold for an instant shortly before a version took effect: then the one before it decides.
            instant = known.At;
            if (policies.InForce(controller, instant) == policy)
                return Checked(Decide(questions, resolved, policy, known));
        }
        return new Answers.Refused(Problems.Unavailable("The policy is changing just now.", retryAfterSeconds: 1));
    }

    /// <summary>Answers as of an instant, by what this service knew then.</summary>
    public async Task<Answers> AnswerAsOfAsync(string controller, RecordedQuestion question, DateTimeOffset at, CancellationToken cancel)
    {
        if (!policies.Knows(controller))
            return new Answers.Refused(PolicyVersions.NoSuchController());
        if (at > clock.GetUtcNow())
            return new Answers.Refused(Problems.Unprocessable("Nobody knows what will be.", new ProblemError("An instant in the past is needed.", "/at")));
        var position = await store.PositionAtAsync(at, cancel);
        if (policies.InForce(controller, at, position) is not { } policy)
            return new Answers.Refused(Problems.Unprocessable("Nothing could be decided then.", new ProblemError("No policy of this controller was known and in force.", "/at")));
        if (!TryResolve([question], policy, _ => "", out var resolved, out var problem))
            return new Answers.Refused(problem);
        var known = await facts.ReadAsOfAsync(controller, NeededBy([question], resolved, policy), at, position, cancel);
        return new Answers.Made(Decide([question], resolved, policy, known));
    }

    // A case may be closed that was open when its service was last heard. So nothing is permitted on what a service told that is silent and whose log cannot be read either.
    private Answers Checked(DecisionMade[] made)
    {
        var doubtful = FactSource.All.FirstOrDefault(source =>
            source.ToldBy is { } teller && made.Any(m => m is { Outcome: DecisionOutcome.Permit, Advisory: false } && m.Facts.Any(source.Recorded)) && !freshness.IsFresh(teller));
        return doubtful is null
            ? new Answers.Made(made)
            : new Answers.Refused(Problems.Unavailable($"It would be permitted by what the service '{doubtful.ToldBy}' has told, which has not been heard for too long to be sure."));
    }

    private static bool TryResolve(IReadOnlyList<RecordedQuestion> questions, PolicyVersion policy, Func<int, string> pointer, out Question[] resolved, out Problem problem)
    {
        resolved = new Question[questions.Count];
        List<ProblemError>? faults = null;
        for (var i = 0; i < resolved.Length; i++)
            if (!policy.Compiled.TryResolve(questions[i].ToAsked(), out resolved[i], out var problems))
                (faults ??= []).AddRange(problems.Select(p => new ProblemError(p.Message, pointer(i) + p.Pointer)));
        problem = faults is null ? Problems.Unexpected() : NotUnderstood(faults);
        return faults is null;
    }

    /// <summary>The answer to questions that say something unknown or contradictory.</summary>
    public static Problem NotUnderstood(IReadOnlyList<ProblemError> faults)
    {
        const int most = 100;
        return Problems.Unprocessable("The question cannot be answered.", [.. faults.Take(most)]);
    }

    private static HashSet<FactAsked> NeededBy(IReadOnlyList<RecordedQuestion> questions, Question[] resolved, PolicyVersion policy)
    {
        var needed = new HashSet<FactAsked>();
        for (var i = 0; i < resolved.Length; i++)
            needed.UnionWith(KnownFacts.NeededBy(questions[i], policy.Compiled.FactsNeeded(resolved[i])));
        return needed;
    }

    private static DecisionMade[] Decide(IReadOnlyList<RecordedQuestion> questions, Question[] resolved, PolicyVersion policy, KnownFacts known)
    {
        var made = new DecisionMade[questions.Count];
        for (var i = 0; i < made.Length; i++)
        {
            var bearing = known.BearingOn(questions[i], policy.Compiled.FactsNeeded(resolved[i]));
            made[i] = Deciding.Decide(questions[i], resolved[i], bearing, policy, known.Position, known.At);
        }
        return made;
    }
}

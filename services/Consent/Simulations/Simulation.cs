using System.Runtime.InteropServices;
using Integritet.Consent.Decisions;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Simulations;

/// <summary>A decision that a draft decides otherwise.</summary>
/// <param name="Rules">The clauses that took part in the draft's answer.</param>
public sealed record Flip(string DecisionId, DecisionOutcome Was, DecisionOutcome Becomes, IReadOnlyList<string> Rules);

/// <summary>Why decisions could not be decided again, and how many.</summary>
/// <param name="Code"><c>facts-not-recorded</c>, <c>unknown-name</c> or <c>policy-unknown</c>.</param>
/// <param name="Detail">Which facts, or which name.</param>
public sealed record NotReplayed(string Code, string Detail, long Count);

/// <summary>
/// A draft tried on recorded decisions, one after another. Pure: the recorded question and the recorded facts are all it looks at. However many decisions there are, it keeps
/// counts and the first flips alone.
/// </summary>
/// <param name="draft">The policy that is tried.</param>
/// <param name="policyOfThatDay">The version a decision was made under: its rules say which facts were looked up then.</param>
public sealed class Simulation(CompiledPolicy draft, Func<int, PolicyVersion?> policyOfThatDay)
{
    /// <summary>More flips are counted, and not listed.</summary>
    public const int MaxFlips = 1_000;

    private const int MaxReasons = 50;

    private readonly List<(Guid Request, long Place, DecisionOutcome Was, DecisionOutcome Becomes, IReadOnlyList<string> Rules)> _flips = [];
    private readonly Dictionary<(string Code, string Detail), long> _notReplayed = [];

    public long Decided { get; private set; }

    public long Unchanged { get; private set; }

    public long Flipped { get; private set; }

    public long NotReplayable { get; private set; }

    /// <summary>The first flips, at most <see cref="MaxFlips"/>.</summary>
    public IReadOnlyList<Flip> Flips =>
        [.. _flips.Select(f => new Flip(new DecisionId(f.Request, f.Place == 0 ? null : (int)f.Place).ToString(), f.Was, f.Becomes, f.Rules))];

    public IReadOnlyList<NotReplayed> NotReplayed =>
        [.. _notReplayed.Select(n => new NotReplayed(n.Key.Code, n.Key.Detail, n.Value)).OrderByDescending(n => n.Count)];

    /// <summary>Decides one again. What was only advice is another service's to decide, and is not counted.</summary>
    /// <param name="past">What was decided.</param>
    /// <param name="request">The request it was decided in.</param>
    /// <param name="place">Its place in that request, from 1.</param>
    public void Take(PastDecision past, Guid request, long place)
    {
        if (past.Advisory)
            return;
        Decided++;
        if (place == 2)
            NameAsBatch(request);
        if (!draft.TryResolve(past.Question.ToAsked(), out var question, out var problems))
            NotReplay("unknown-name", $"{problems[0].Pointer}: {problems[0].Message}");
        else if (policyOfThatDay(past.PolicyVersion) is not { } then)
            NotReplay("policy-unknown", $"version {past.PolicyVersion}");
        else if (Lacking(past, question, then) is { } lacking)
            NotReplay("facts-not-recorded", lacking);
        else
            Compare(past, draft.Decide(question, past.KnownThen()), request, place);
    }

    private void Compare(PastDecision past, Decision again, Guid request, long place)
    {
        var becomes = again.Allowed ? DecisionOutcome.Permit : DecisionOutcome.Refuse;
        if (becomes == past.Outcome)
        {
            Unchanged++;
            return;
        }
        Flipped++;
        if (_flips.Count < MaxFlips)
            _flips.Add((request, place == 1 ? 0 : place, past.Outcome, becomes, again.Rules));
    }

    // The first of a batch bears its place like the others, which is known only when the second is met.
    private void NameAsBatch(Guid request)
    {
        if (_flips.Count > 0 && _flips[^1] is { Place: 0 } last && last.Request == request)
            _flips[^1] = last with { Place = 1 };
    }

    // Only what the rules of that day asked for was looked up and recorded: a fact that was looked up and not there is known not to have been there.
    private string? Lacking(PastDecision past, Question question, PolicyVersion then)
    {
        var needed = draft.FactsNeeded(question);
        if (needed.Kinds == FactKinds.None)
            return null;
        if (!then.Compiled.TryResolve(past.Question.ToAsked(), out var asThen, out _))
            return Words(needed.Kinds);
        var recorded = then.Compiled.FactsNeeded(asThen);
        if ((needed.Kinds & ~recorded.Kinds) is not FactKinds.None and var kinds)
            return Words(kinds);
        foreach (var purpose in needed.ConsentPurposes)
            if (!recorded.ConsentPurposes.Contains(purpose, StringComparer.Ordinal))
                return $"consent to {purpose}";
        return null;
    }

    private static string Words(FactKinds kinds) => kinds.ToString().ToLowerInvariant();

    private void NotReplay(string code, string detail)
    {
        NotReplayable++;
        var key = _notReplayed.Count < MaxReasons || _notReplayed.ContainsKey((code, detail)) ? (code, detail) : (code, "others");
        CollectionsMarshal.GetValueRefOrAddDefault(_notReplayed, key, out _)++;
    }
}

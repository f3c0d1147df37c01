using System.Text.Json.Serialization;

namespace Integritet.Policy.Simulations;

/// <summary>What a version would have decided. <c>decided</c> is the sum of <c>unchanged</c>, <c>notReplayable</c> and <c>flipped</c>.</summary>
/// <param name="Decided">Recorded decisions of the range.</param>
/// <param name="Unchanged">Those that come out the same.</param>
/// <param name="NotReplayable">Those that this version cannot decide on what was recorded.</param>
/// <param name="Flipped">Those that come out otherwise.</param>
/// <param name="Flips">The first of them, at most <see cref="MaxFlips"/>.</param>
/// <param name="Truncated">Whether there are more than are listed.</param>
/// <param name="NotReplayableBecause">Why not, with counts.</param>
/// <param name="Complete">False where time ran out: <c>deciders</c> says how far each came; ask for the rest from there.</param>
/// <param name="Deciders">The services asked.</param>
public sealed record SimulationAnswer(
    long Decided, long Unchanged, long NotReplayable, long Flipped, IReadOnlyList<Flip> Flips, bool Truncated, IReadOnlyList<NotReplayed> NotReplayableBecause, bool Complete,
    IReadOnlyList<SimulatedBy> Deciders)
{
    public const int MaxFlips = 1_000;
}

/// <summary>A decision that comes out otherwise.</summary>
/// <param name="Was"><c>permit</c> or <c>refuse</c>, as it was decided.</param>
/// <param name="Becomes">What this version says.</param>
/// <param name="Rules">Its clauses that took part.</param>
/// <param name="Decider">The service that decided.</param>
public sealed record Flip(string DecisionId, string Was, string Becomes, IReadOnlyList<string> Rules, string Decider = "");

/// <summary>Why decisions could not be replayed.</summary>
/// <param name="Code"><c>facts-not-recorded</c>: this version asks for facts that nobody looked up then; <c>unknown-name</c>: it does not know a name in the question; <c>policy-unknown</c>.</param>
/// <param name="Detail">Which facts, or which name.</param>
public sealed record NotReplayed(string Code, string Detail, long Count, string Decider = "");

/// <param name="Reached">Where its time ran out: everything before this instant is counted; absent where all of the range is.</param>
public sealed record SimulatedBy(
    string Decider, long Decided, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Reached);

/// <summary>What one service found on its own decisions.</summary>
public sealed record Found(
    long Decided, long Unchanged, long NotReplayable, long Flipped, IReadOnlyList<Flip> Flips, bool Truncated, IReadOnlyList<NotReplayed> NotReplayableBecause,
    DateTimeOffset? Reached = null);

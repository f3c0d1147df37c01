using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>What was known when questions were answered.</summary>
/// <param name="At">
/// The instant the facts hold for: every event with a commit stamp at or before it has been seen. So no permission is ever dated after the withdrawal that forbids it.
/// </param>
/// <param name="Position">Position of the log up to which events have been seen; 0 where nothing had to be.</param>
/// <param name="Rows">What was found of each thing asked.</param>
public sealed record KnownFacts(DateTimeOffset At, long Position, IReadOnlyDictionary<FactAsked, List<FactRow>> Rows)
{
    /// <summary>What must be known to answer a question: no kind that the policy does not look at.</summary>
    public static IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) => FactSource.All.SelectMany(source => source.NeededBy(question, required));

    /// <summary>What must be known to see whether the facts of a decision still say what they said.</summary>
    public static IEnumerable<FactAsked> AskedAgain(DecisionMade made, RequiredFacts required) =>
        NeededBy(made.Question, required).Concat(from fact in made.Facts from source in FactSource.All let asked = source.AskedAgain(fact) where asked is not null select asked.Value);

    /// <summary>The facts that bear on one question.</summary>
    public DecisionFact[] BearingOn(RecordedQuestion question, RequiredFacts required) => BearingOn(question, NeededBy(question, required));

    /// <summary>The facts that bear on one question, of the things asked for it.</summary>
    public DecisionFact[] BearingOn(RecordedQuestion question, IEnumerable<FactAsked> needed)
    {
        List<DecisionFact>? found = null;
        foreach (var asked in needed)
            if (Rows.TryGetValue(asked, out var rows))
                (found ??= []).AddRange(FactSource.All.First(source => source.Kind == asked.Kind).Found(question, asked, rows, At));
        return found is null ? [] : [.. found];
    }
}

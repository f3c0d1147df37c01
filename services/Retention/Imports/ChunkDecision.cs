using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;

namespace Integritet.Retention.Imports;

/// <summary>What a part of an import comes to: what is stored, what was held already, and what is wrong with the rest.</summary>
/// <param name="Stored">New holdings.</param>
/// <param name="Repeated">Lines that said what is held already.</param>
/// <param name="Problems">Lines that are not taken.</param>
public sealed record ChunkDecision(IReadOnlyList<ImportedHolding> Stored, int Repeated, IReadOnlyList<LineProblem> Problems)
{
    /// <summary>Pure. Of two lines with one key the first counts, as if they had come one after the other.</summary>
    public static ChunkDecision Of(
        IReadOnlyList<ImportLine> lines, KnownFacts facts, IReadOnlyDictionary<(string System, string Reference), HoldingRow> held, PolicyVersion policy, Func<Guid> newId)
    {
        var stored = new List<ImportedHolding>(lines.Count);
        var problems = new List<LineProblem>();
        var seen = new Dictionary<(string, string), HeldData>(lines.Count);
        var (memo, zone) = (new RuleMemo(policy), CalendarArithmetic.ZoneOf(policy.Document));
        var repeated = 0;
        foreach (var line in lines)
        {
            if (line is not { Body: { } body, Data: { } data, System: { } system, Faults.Count: 0 })
            {
                problems.Add(LineProblem.Of(line.Number, line.Faults));
                continue;
            }
            var key = (data.System, data.Reference);
            var before = held.GetValueOrDefault(key);
            if ((seen.GetValueOrDefault(key) ?? (before is { IsGone: false } ? before.Data : null)) is { } already)
            {
                if (already.SaysTheSameAs(data, body.RecordedAt is not null))
                    repeated++;
                else
                    problems.Add(LineProblem.Of(line.Number, [new ProblemError("Something else is held under this reference.", "/reference", "reference-taken")]));
                continue;
            }
            var own = facts.Of(data);
            var (reasons, rules) = memo.Of(data, own, system.Encrypted);
            var refusals = HoldingChecks.Refusals(reasons).ToList();
            var plan = Plan.Of(data, own, rules, policy, zone);
            if (refusals.Count == 0 && HoldingChecks.EndlessFault(plan) is { } endless)
                refusals.Add(endless);
            if (refusals.Count > 0)
            {
                problems.Add(LineProblem.Of(line.Number, refusals));
                continue;
            }
            seen.Add(key, data);
            stored.Add(new ImportedHolding(newId(), (before?.Generation ?? 0) + 1, data, plan.Told));
        }
        return new ChunkDecision(stored, repeated, problems);
    }
}

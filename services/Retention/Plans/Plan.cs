using System.Collections.Immutable;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using NodaTime;

namespace Integritet.Retention.Plans;

/// <summary>
/// Why a holding may still be held and when it must go. Computed, never stored as an event: the same holding, facts and policy give the same plan, in whatever order the facts came to be known.
/// </summary>
/// <param name="Rule">The clause that decides: that of the earliest due date, of the duty to keep that puts it off, or of the first rule that waits.</param>
/// <param name="DueAt">When it must go; null while it waits. Past it, it goes in the next run, unless something holds it.</param>
/// <param name="RunAt">The first run of the rule's schedule that takes it; at once for one that is instructed when it is registered.</param>
/// <param name="ReviewAt">When it is looked at, while it waits (LAW-5).</param>
/// <param name="WaitingFor">What every end still open waits for: names of triggers, or <c>retention-agreement</c>. Empty once there is a due date.</param>
/// <param name="Act">What is instructed.</param>
/// <param name="MoveTo">The system it moves to.</param>
/// <param name="Minimum">The duty to keep that put the due date off (LAW-6c).</param>
/// <param name="Holds">What keeps it from being instructed although due.</param>
/// <param name="Ends">The arithmetic: each rule with what came of it.</param>
public sealed record Plan(
    string Rule, DateTimeOffset? DueAt, DateTimeOffset? RunAt, DateTimeOffset? ReviewAt, ImmutableArray<string> WaitingFor, RetentionAct Act, string? MoveTo,
    MinimumPlan? Minimum, ImmutableArray<StandingHold> Holds, ImmutableArray<PlannedEnd> Ends)
{
    /// <summary>Whether anything holds it.</summary>
    public bool OnHold => !Holds.IsEmpty;

    /// <summary>What a holding waits for that no rule of the policy ends any more: somebody has to look (LAW-5). Nothing is accepted so; a later policy version can leave one behind.</summary>
    public const string RetentionRule = "retention-rule";

    /// <summary>The plan of a holding.</summary>
    public static Plan Of(HeldData holding, PlanFacts facts, PolicyVersion policy) => Of(holding, facts, RetentionRules.Of(holding, facts, policy), policy, CalendarArithmetic.ZoneOf(policy.Document));

    /// <summary>The plan by those of a policy's rules that are known to be about it, in its controller's zone.</summary>
    public static Plan Of(HeldData holding, PlanFacts facts, ImmutableArray<KeepRule> rules, PolicyVersion policy, DateTimeZone zone)
    {
        facts = facts.Under(policy.Document);
        var ends = ImmutableArray.CreateBuilder<PlannedEnd>(rules.Length);
        MinimumPlan? minimum = null;
        foreach (var rule in rules)
        {
            if (rule.Until is { } until)
                ends.Add(PlannedEnd.Of(rule, until, holding, facts, zone));
            if (rule.Minimum is { } duty && MinimumPlan.Of(rule, duty, holding, zone) is var until2 && (minimum is null || until2.Until > minimum.Until))
                minimum = until2;
        }
        if (ends.Count == 0)
            return new Plan("LAW-5", null, null, holding.RecordedAt, [RetentionRule], RetentionAct.Erase, null, minimum, [.. facts.Holds], []);
        return Of(holding, ends.DrainToImmutable(), minimum, [.. facts.Holds], zone);
    }

    private static Plan Of(HeldData holding, ImmutableArray<PlannedEnd> ends, MinimumPlan? minimum, ImmutableArray<StandingHold> holds, DateTimeZone zone)
    {
        if (Earliest(ends) is not { } end)
            return Waiting(holding, ends, minimum, holds, zone);
        var due = end.DueAt!.Value;
        // A move erases nothing: what the duty is about goes on being kept where it moves.
        var putOff = end.Rule.Act != RetentionAct.MoveThenErase && minimum?.Until > due ? minimum : null;
        due = putOff?.Until ?? due;
        var run = end.Rule.Until is Until.AtOnce ? due : CalendarArithmetic.NextRun(end.Rule.Schedule, due, zone);
        return new Plan(putOff?.Rule ?? end.Rule.Clause, due, run, null, [], end.Rule.Act, end.Rule.MoveTo, putOff, holds, ends);
    }

    private static Plan Waiting(HeldData holding, ImmutableArray<PlannedEnd> ends, MinimumPlan? minimum, ImmutableArray<StandingHold> holds, DateTimeZone zone)
    {
        var first = ends[0].Rule;
        DateTimeOffset? review = null;
        foreach (var end in ends)
            if (end.Rule.Review is { } period && CalendarArithmetic.Plus(holding.RecordedAt, period, zone) is var at && (review is null || at < review))
                review = at;
        return new Plan(first.Clause, null, null, review, [.. ends.SelectMany(e => e.WaitingFor).Distinct(StringComparer.Ordinal)], first.Act, first.MoveTo, minimum, holds, ends);
    }

    /// <summary>Between rules of one holding the earliest wins; of two at one instant, the first in the document.</summary>
    private static PlannedEnd? Earliest(ImmutableArray<PlannedEnd> ends)
    {
        PlannedEnd? earliest = null;
        foreach (var end in ends)
            if (end.DueAt is { } due && (earliest is null || due < earliest.DueAt))
                earliest = end;
        return earliest;
    }

    /// <summary>As it is told when the holding is registered.</summary>
    public PlanTold Told => new(Rule, DueAt, RunAt, ReviewAt, Act, MoveTo);
}

/// <summary>A duty to keep as it bears on one holding (LAW-6c).</summary>
/// <param name="Rule">The clause.</param>
/// <param name="Until">Not before.</param>
/// <param name="Anchor">Where the period counts from.</param>
/// <param name="Keep">The period.</param>
/// <param name="Reference">The law that says so.</param>
public sealed record MinimumPlan(string Rule, DateTimeOffset Until, DateTimeOffset Anchor, Period Keep, LocalText Reference)
{
    public static MinimumPlan Of(KeepRule rule, StatutoryMinimum duty, HeldData holding, DateTimeZone zone)
    {
        var anchor = CalendarArithmetic.AnchorOf(holding.RecordedAt, duty.Anchor, zone);
        return new MinimumPlan(rule.Clause, CalendarArithmetic.Plus(anchor, duty.Period, zone), anchor, duty.Period, duty.Reference);
    }
}

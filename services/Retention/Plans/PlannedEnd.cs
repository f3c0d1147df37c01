using System.Collections.Immutable;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using NodaTime;

namespace Integritet.Retention.Plans;

/// <summary>What one rule says of the end of one holding.</summary>
/// <param name="Rule">The rule.</param>
/// <param name="DueAt">When it falls due by this rule alone; null while it waits.</param>
/// <param name="WaitingFor">What it waits for.</param>
/// <param name="Steps">How it was reckoned.</param>
public sealed record PlannedEnd(KeepRule Rule, DateTimeOffset? DueAt, ImmutableArray<string> WaitingFor, ImmutableArray<PlanStep> Steps)
{
    public const string RetentionAgreement = "retention-agreement";
    private const string PurposeEnded = "purpose-ended";

    public static PlannedEnd Of(KeepRule rule, Until until, HeldData holding, PlanFacts facts, DateTimeZone zone) => until switch
    {
        Until.After after => After(rule, after.Period, CalendarArithmetic.AnchorOf(holding.RecordedAt, after.Anchor, zone), after.Anchor, zone),
        Until.Agreed => Agreed(rule, holding, facts, zone),
        Until.PurposesEnded => All(rule, holding.Purposes.SelectMany(p => (PlanStep[])[.. Consent(p, facts), new PlanStep(StepKind.PurposeEnded, p, facts.EndOf(p))]), PurposeEnded),
        Until.Triggered { All: true } triggered => All(rule, Told(triggered, holding, facts), waitingFor: null),
        Until.Triggered triggered => Any(rule, [.. Told(triggered, holding, facts)]),
        Until.AtOnce => new PlannedEnd(rule, holding.RecordedAt, [], [new PlanStep(StepKind.Recorded, null, holding.RecordedAt)]),
        Until.NextRun => NextRun(rule, holding, zone),
        _ => throw new InvalidOperationException($"A holding cannot end by {until.GetType().Name}."),
    };

    private static PlannedEnd After(KeepRule rule, Period period, DateTimeOffset anchor, PeriodAnchor kind, DateTimeZone zone)
    {
        var due = CalendarArithmetic.Plus(anchor, period, zone);
        return new PlannedEnd(rule, due, [], [new PlanStep(kind == PeriodAnchor.Recorded ? StepKind.Recorded : StepKind.CalendarYearEnd, null, anchor), new PlanStep(StepKind.Period, Written(period), due)]);
    }

    // Of several categories that the rule is about, the one agreed on for the shortest time decides.
    private static PlannedEnd Agreed(KeepRule rule, HeldData holding, PlanFacts facts, DateTimeZone zone)
    {
        var about = holding.Categories.Where(rule.Scope.Categories.Has).ToArray();
        var agreed = about.Select(facts.AgreementOn).OfType<AgreedPeriod>().Select(a => (Agreement: a, Due: CalendarArithmetic.Plus(holding.RecordedAt, a.KeepFor, zone))).OrderBy(a => a.Due).ToArray();
        if (agreed.Length == 0)
            return new PlannedEnd(rule, null, [RetentionAgreement], [new PlanStep(StepKind.Recorded, null, holding.RecordedAt)]);
        var (agreement, due) = agreed[0];
        return new PlannedEnd(rule, due, [], [new PlanStep(StepKind.Recorded, null, holding.RecordedAt), new PlanStep(StepKind.Agreement, agreement.Reference, agreement.AgreedAt), new PlanStep(StepKind.Period, Written(agreement.KeepFor), due)]);
    }

    private static PlannedEnd NextRun(KeepRule rule, HeldData holding, DateTimeZone zone)
    {
        var run = CalendarArithmetic.NextRun(rule.Schedule, holding.RecordedAt, zone);
        return new PlannedEnd(rule, run, [], [new PlanStep(StepKind.Recorded, null, holding.RecordedAt), new PlanStep(StepKind.NextRun, null, run)]);
    }

    private static IEnumerable<PlanStep> Told(Until.Triggered triggered, HeldData holding, PlanFacts facts) =>
        triggered.Triggers.SelectMany(t => t == PurposeEnded
            ? [.. holding.Purposes.SelectMany(p => Consent(p, facts)), new PlanStep(StepKind.Trigger, t, LastPurposeEnd(holding, facts))]
            : (PlanStep[])[new PlanStep(StepKind.Trigger, t, facts.FirstTold(t))]);

    /// <summary>What was said on a purpose that rests on consent: it shows why the purpose ended, or goes on.</summary>
    private static IEnumerable<PlanStep> Consent(string purpose, PlanFacts facts)
    {
        if (facts.ConsentTo(purpose) is not { Statement: var said })
            yield break;
        yield return new PlanStep(KindOf(said.Said), purpose, said.At) { Consent = said.ConsentId };
        if (said.ExpiresAt is { } expiry)
            yield return new PlanStep(StepKind.ConsentExpires, purpose, expiry) { Consent = said.ConsentId };
    }

    private static StepKind KindOf(ConsentSaid said) => said switch
    {
        ConsentSaid.Given => StepKind.ConsentGiven,
        ConsentSaid.Refused => StepKind.ConsentRefused,
        ConsentSaid.Withdrawn => StepKind.ConsentWithdrawn,
        _ => throw new ArgumentOutOfRangeException(nameof(said)),
    };

    private static DateTimeOffset? LastPurposeEnd(HeldData holding, PlanFacts facts)
    {
        var ends = holding.Purposes.Select(facts.EndOf).ToArray();
        return ends.Any(e => e is null) ? null : ends.Max();
    }

    /// <summary>The last of them decides (BG-11, DV-6).</summary>
    private static PlannedEnd All(KeepRule rule, IEnumerable<PlanStep> steps, string? waitingFor)
    {
        var all = steps.ToImmutableArray();
        var open = all.Where(s => s.At is null).Select(s => waitingFor ?? s.Name!).Distinct(StringComparer.Ordinal).ToImmutableArray();
        return new PlannedEnd(rule, open.IsEmpty ? all.Where(s => s.Decides).Max(s => s.At) : null, open, all);
    }

    /// <summary>The first of them decides (BG-10).</summary>
    private static PlannedEnd Any(KeepRule rule, ImmutableArray<PlanStep> steps)
    {
        var deciding = steps.Where(s => s.Decides).ToArray();
        var first = deciding.Min(s => s.At);
        return new PlannedEnd(rule, first, first is null ? [.. deciding.Select(s => s.Name!)] : [], steps);
    }

    private static string Written(Period period) => NodaTime.Text.PeriodPattern.NormalizingIso.Format(period);
}

/// <summary>One step of the reckoning: an instant and where it comes from.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Name">The trigger, purpose, period or agreement's reference.</param>
/// <param name="At">The instant; null for something that has not happened.</param>
public sealed record PlanStep(StepKind Kind, string? Name, DateTimeOffset? At)
{
    /// <summary>The consent record that says so.</summary>
    public Guid? Consent { get; init; }

    /// <summary>Whether the end is reckoned from it; what was said on consent only shows why a purpose ended.</summary>
    public bool Decides => Consent is null;
}

/// <summary>Where an instant of the reckoning comes from.</summary>
public enum StepKind
{
    /// <summary>When it was recorded.</summary>
    Recorded,

    /// <summary>The end of the calendar year in which it was recorded.</summary>
    CalendarYearEnd,

    /// <summary>An agreement with the customer, made then.</summary>
    Agreement,

    /// <summary>A calendar period added, at the same local time.</summary>
    Period,

    /// <summary>A trigger.</summary>
    Trigger,

    /// <summary>The end of a purpose.</summary>
    PurposeEnded,

    /// <summary>The person consented to a purpose.</summary>
    ConsentGiven,

    /// <summary>The person said no to a purpose.</summary>
    ConsentRefused,

    /// <summary>The person took back the consent to a purpose.</summary>
    ConsentWithdrawn,

    /// <summary>A consent given to a purpose ends by itself.</summary>
    ConsentExpires,

    /// <summary>The next time of the rule's schedule.</summary>
    NextRun,
}

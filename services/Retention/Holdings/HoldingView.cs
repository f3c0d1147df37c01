using System.Text.Json.Serialization;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Plans;
using NodaTime;
using NodaTime.Text;

namespace Integritet.Retention.Holdings;

/// <summary>A holding as callers see it: facts, plan, and the arithmetic behind it.</summary>
public sealed record HoldingView(
    Guid HoldingId, string Subject, string System, string Reference, IReadOnlyList<string> Categories, IReadOnlyList<string> Purposes, DateTimeOffset RecordedAt,
    HoldingAttributes Attributes, string Rule, string Why, DateTimeOffset? DueAt, IReadOnlyList<string> WaitingFor, RetentionAct Action, IReadOnlyList<StandingHold> OnHold,
    IReadOnlyList<EndView> Arithmetic, int PolicyVersion, string PolicyHash, string Zone)
{
    /// <summary>As it is now; not told of an earlier instant.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Status { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Customer { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? RunAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ReviewAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? MoveTo { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public MinimumView? Minimum { get; init; }

    /// <summary>When it was erased or anonymised, and the system's proof.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public GoneView? Gone { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? AsOf { get; init; }

    public static HoldingView Of(HoldingRow row, Plan plan, PolicyVersion policy, DateTimeOffset? asOf)
    {
        var (data, zone) = (row.Data, CalendarArithmetic.ZoneOf(policy.Document));
        return new HoldingView(
            row.HoldingId, data.Subject, data.System, data.Reference, data.Categories, data.Purposes, data.RecordedAt,
            new HoldingAttributes(data.Relevant, data.CustomerOwned, data.CustomerControlled), plan.Rule, ClauseOf(policy, plan.Rule), plan.DueAt, plan.WaitingFor, plan.Act, plan.Holds,
            [.. plan.Ends.Select(end => EndView.Of(end, zone))], policy.Version, policy.Hash, zone.Id)
        {
            Status = asOf is null ? row.Status : null, Customer = data.Customer, RunAt = plan.RunAt, ReviewAt = plan.ReviewAt, MoveTo = plan.MoveTo,
            Minimum = plan.Minimum is { } minimum ? MinimumView.Of(minimum, zone) : null, AsOf = asOf,
        };
    }

    private static string ClauseOf(PolicyVersion policy, string rule) => policy.Document.Clauses.TryGetValue(rule, out var text) ? text.In("en") : rule;
}

/// <summary>How a holding ended.</summary>
public sealed record GoneView(DateTimeOffset At, string Action, string Evidence, Guid InstructionId);

/// <summary>What one rule says of the end.</summary>
public sealed record EndView(string Rule, DateTimeOffset? DueAt, IReadOnlyList<string> WaitingFor, IReadOnlyList<StepView> Steps)
{
    public static EndView Of(PlannedEnd end, DateTimeZone zone) => new(end.Rule.Clause, end.DueAt, end.WaitingFor, [.. end.Steps.Select(step => StepView.Of(step, zone))]);
}

/// <summary>One step of the reckoning, with the controller's local time.</summary>
public sealed record StepView(StepKind Step, string? Name, DateTimeOffset? At, string? Local)
{
    private static readonly ZonedDateTimePattern LocalPattern = ZonedDateTimePattern.CreateWithInvariantCulture("uuuu'-'MM'-'dd' 'HH':'mm':'ss o<g>", zoneProvider: null);

    /// <summary>The consent record that says so.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public Guid? ConsentId { get; init; }

    public static StepView Of(PlanStep step, DateTimeZone zone) => new(step.Kind, step.Name, step.At, step.At is { } at ? LocalOf(at, zone) : null) { ConsentId = step.Consent };

    internal static string LocalOf(DateTimeOffset at, DateTimeZone zone) => LocalPattern.Format(Instant.FromDateTimeOffset(at).InZone(zone));
}

/// <summary>A duty to keep (LAW-6c), with the law that says so.</summary>
public sealed record MinimumView(string Rule, DateTimeOffset Until, string Local, string Keep, DateTimeOffset CountedFrom, string Reference)
{
    public static MinimumView Of(MinimumPlan minimum, DateTimeZone zone) => new(
        minimum.Rule, minimum.Until, StepView.LocalOf(minimum.Until, zone), PeriodPattern.NormalizingIso.Format(minimum.Keep), minimum.Anchor, minimum.Reference.In("en"));
}

using NodaTime;

namespace Integritet.Retention.Plans;

/// <summary>A trigger that was told and meets the holding: by its subject, its customer or its reference.</summary>
/// <param name="Trigger">Its name (Vocabulary).</param>
/// <param name="Purpose">For <c>purpose-ended</c>: which; null ends every purpose.</param>
/// <param name="At">When it happened. Of one told twice, the first time counts.</param>
public sealed record ToldTrigger(string Trigger, string? Purpose, DateTimeOffset At);

/// <summary>How long data of a category is kept for the holding's customer, as agreed with that customer (NI-2).</summary>
/// <param name="AgreementId">The agreement.</param>
/// <param name="Category">One of those it covers.</param>
/// <param name="KeepFor">Counted from recording.</param>
/// <param name="AgreedAt">The newest decides.</param>
/// <param name="Position">Place in this service's log: decides between two of one instant.</param>
/// <param name="Reference">The caller's record of it.</param>
public sealed record AgreedPeriod(Guid AgreementId, string Category, Period KeepFor, DateTimeOffset AgreedAt, long Position, string Reference);

/// <summary>Something that keeps a due holding from being instructed: a legal hold (LAW-17) or a restriction (LAW-18).</summary>
/// <param name="Rule">The clause.</param>
/// <param name="Code">Its reason code: <c>legal-hold</c> or <c>restricted</c>.</param>
/// <param name="Reference">Which hold, by its case.</param>
/// <param name="Since">Since when.</param>
/// <param name="HoldId">Its id.</param>
public sealed record StandingHold(string Rule, string Code, string Reference, DateTimeOffset Since, Guid HoldId);

/// <summary>What of the facts concerns one holding.</summary>
public sealed record PlanFacts(IReadOnlyList<ToldTrigger> Triggers, IReadOnlyList<AgreedPeriod> Agreements, IReadOnlyList<StandingHold> Holds)
{
    public static PlanFacts None { get; } = new([], [], []);

    /// <summary>The agreement that decides on a category: the newest; null where there is none.</summary>
    public AgreedPeriod? AgreementOn(string category) =>
        Agreements.Where(a => a.Category == category).OrderByDescending(a => a.AgreedAt).ThenByDescending(a => a.Position).FirstOrDefault();

    /// <summary>When a trigger first happened; null where it has not been told.</summary>
    public DateTimeOffset? FirstTold(string trigger)
    {
        DateTimeOffset? first = null;
        foreach (var told in Triggers)
            if (told.Trigger == trigger && (first is null || told.At < first))
                first = told.At;
        return first;
    }

    /// <summary>When a purpose first ended; null while it goes on.</summary>
    public DateTimeOffset? EndOf(string purpose)
    {
        DateTimeOffset? first = null;
        foreach (var told in Triggers)
            if (told.Trigger == "purpose-ended" && (told.Purpose is null || told.Purpose == purpose) && (first is null || told.At < first))
                first = told.At;
        return first;
    }
}

using Integritet.Platform.PolicyEngine;
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

/// <summary>What the holding's subject said, under any of the person's identifiers, on a purpose.</summary>
/// <param name="ConsentId">The record it is part of.</param>
/// <param name="Purpose">The purpose.</param>
/// <param name="Said">What.</param>
/// <param name="At">When.</param>
/// <param name="ExpiresAt">Of one given: until when; null: it does not end by itself.</param>
/// <param name="SourcePosition">Its place in Consent's log: the newest decides.</param>
public sealed record ConsentStatement(Guid ConsentId, string Purpose, ConsentSaid Said, DateTimeOffset At, DateTimeOffset? ExpiresAt, long SourcePosition);

/// <summary>What can be said on a purpose.</summary>
public enum ConsentSaid
{
    /// <summary>Yes.</summary>
    Given,

    /// <summary>No.</summary>
    Refused,

    /// <summary>No longer.</summary>
    Withdrawn,
}

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

    /// <summary>What was said on purposes, in any order.</summary>
    public IReadOnlyList<ConsentStatement> Consents { get; init; } = [];

    /// <summary>The same, as a policy version sees it: what was said on a purpose that does not rest on consent there ends nothing.</summary>
    public PlanFacts Under(PolicyDocument policy) => Consents.Count == 0 ? this : this with
    {
        Consents = [.. Consents.Where(c => policy.Purposes.TryGetValue(c.Purpose, out var purpose) && purpose.Basis == LegalBasis.Consent)],
    };

    /// <summary>
    /// The statement that decides whether consent to a purpose stands, and since or until when it does not; null where nothing was said. Each yes stands for itself; of what was said
    /// against it, the first counts, and one that comes after its end changes nothing.
    /// </summary>
    public (ConsentStatement Statement, DateTimeOffset? EndsAt)? ConsentTo(string purpose)
    {
        (ConsentStatement Statement, DateTimeOffset? EndsAt)? standing = null;
        foreach (var said in Consents.Where(c => c.Purpose == purpose).OrderBy(c => c.SourcePosition))
        {
            if (said.Said == ConsentSaid.Given)
                standing = (said, said.ExpiresAt);
            else if (standing is not { EndsAt: { } end } || said.At < end)
                standing = (said, said.At);
        }
        return standing;
    }

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

    /// <summary>When a purpose first ended, because that was told or because the consent it rests on did; null while it goes on.</summary>
    public DateTimeOffset? EndOf(string purpose)
    {
        var first = Consents.Count == 0 ? null : ConsentTo(purpose)?.EndsAt;
        foreach (var told in Triggers)
            if (told.Trigger == "purpose-ended" && (told.Purpose is null || told.Purpose == purpose) && (first is null || told.At < first))
                first = told.At;
        return first;
    }
}

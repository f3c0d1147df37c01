using System.Text.Json.Serialization;

namespace Integritet.Consent.Consents;

/// <summary>A consent record as callers see it at an instant. Expiry is computed: nothing happens when a consent runs out.</summary>
public sealed record ConsentView(
    Guid ConsentId, ConsentStatus Status, string Subject, IReadOnlyList<PurposeView> Purposes, string Method, string Language, int PolicyVersion, string PolicyHash,
    EvidenceView? Evidence)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? GivenAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? RefusedAt { get; init; }

    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When the last of its purposes that are withdrawn was.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? WithdrawnAt { get; init; }

    /// <summary>The record after its events, seen at <paramref name="now"/>.</summary>
    public static ConsentView Of(IReadOnlyList<StampedEvent> events, DateTimeOffset now)
    {
        var view = Start(events[0]);
        foreach (var later in events.Skip(1))
            view = view.With(later);
        return view with { Status = view.StatusAt(now), Purposes = [.. view.Purposes.Select(p => p with { Status = view.StatusAt(now, p) })] };
    }

    private static ConsentView Start(StampedEvent first) => first.Event switch
    {
        ConsentEvent.Given e => new ConsentView(
            e.ConsentId, ConsentStatus.Given, e.Subject, Stated(e.Purposes, ConsentStatus.Given), e.Method, e.Language, e.PolicyVersion, e.PolicyHash, EvidenceView.Of(e.Evidence))
        {
            GivenAt = first.At, ExpiresAt = e.ExpiresAt,
        },
        ConsentEvent.Refused e => new ConsentView(
            e.ConsentId, ConsentStatus.Refused, e.Subject, Stated(e.Purposes, ConsentStatus.Refused), e.Method, e.Language, e.PolicyVersion, e.PolicyHash, EvidenceView.Of(e.Evidence))
        {
            RefusedAt = first.At,
        },
        _ => throw new InvalidOperationException($"A consent record does not begin with {first.Type}."),
    };

    private ConsentView With(StampedEvent later) => later.Event switch
    {
        ConsentEvent.Withdrawn e => this with
        {
            WithdrawnAt = later.At,
            Purposes = [.. Purposes.Select(p => p.WithdrawnAt is null && e.Purposes.Contains(p.Purpose, StringComparer.Ordinal) ? p with { WithdrawnAt = later.At } : p)],
        },
        _ => throw new InvalidOperationException($"{later.Type} does not follow in a consent record."),
    };

    private ConsentStatus StatusAt(DateTimeOffset now)
    {
        if (Status == ConsentStatus.Refused)
            return Status;
        var withdrawn = Purposes.Count(p => p.WithdrawnAt is not null);
        if (withdrawn == Purposes.Count)
            return ConsentStatus.Withdrawn;
        return ExpiresAt <= now ? ConsentStatus.Expired : withdrawn > 0 ? ConsentStatus.PartlyWithdrawn : ConsentStatus.Given;
    }

    private ConsentStatus StatusAt(DateTimeOffset now, PurposeView purpose) =>
        Status == ConsentStatus.Refused ? Status
        : purpose.WithdrawnAt is not null ? ConsentStatus.Withdrawn
        : ExpiresAt <= now ? ConsentStatus.Expired
        : ConsentStatus.Given;

    private static IReadOnlyList<PurposeView> Stated(IReadOnlyList<StatedPurpose> purposes, ConsentStatus status) =>
        [.. purposes.Select(p => new PurposeView(p.Purpose, p.Effect, status))];
}

/// <summary>Where a consent record, or one purpose of it, stands.</summary>
public enum ConsentStatus
{
    Given,
    Refused,
    PartlyWithdrawn,
    Withdrawn,
    Expired,
}

/// <summary>One purpose of a consent record.</summary>
public sealed record PurposeView(string Purpose, ConsentEffect Effect, ConsentStatus Status)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? WithdrawnAt { get; init; }
}

/// <summary>The evidence; <see cref="Erased"/> when its key has been destroyed.</summary>
public sealed record EvidenceView(string? Reference, bool Erased, IReadOnlyList<EvidencedQuality> Qualities)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? NoticeShownAt { get; init; }

    public static EvidenceView? Of(Evidence? evidence) => evidence is null ? null
        : new(evidence.Reference, Erased: evidence.Reference is null, evidence.Qualities) { NoticeShownAt = evidence.NoticeShownAt };
}

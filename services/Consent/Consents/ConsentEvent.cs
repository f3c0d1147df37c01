using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Consents;

/// <summary>What can happen to one consent record. The instants of giving and withdrawing are the events' commit stamps.</summary>
public abstract record ConsentEvent
{
    private ConsentEvent() { }

    /// <summary>The person agreed, under the policy version in force.</summary>
    [StoredEvent("consent-given.v1")]
    public sealed record Given(
        Guid ConsentId, [property: DataSubject] string Subject, IReadOnlyList<StatedPurpose> Purposes, string Method, string Language,
        Evidence Evidence, DateTimeOffset? ExpiresAt, int PolicyVersion, string PolicyHash) : ConsentEvent;

    /// <summary>The person said no; a refusal is a record too, and ends what an earlier consent permitted.</summary>
    [StoredEvent("consent-refused.v1")]
    public sealed record Refused(
        Guid ConsentId, [property: DataSubject] string Subject, IReadOnlyList<StatedPurpose> Purposes, string Method, string Language,
        Evidence? Evidence, int PolicyVersion, string PolicyHash) : ConsentEvent;

    /// <summary>The person took back the consent for some or all of its purposes (LAW-7).</summary>
    [StoredEvent("consent-withdrawn.v1")]
    public sealed record Withdrawn(Guid ConsentId, [property: DataSubject] string Subject, IReadOnlyList<string> Purposes, string Method) : ConsentEvent;
}

/// <summary>A purpose the person spoke about, and whether the policy needs consent for it or only notes it.</summary>
public sealed record StatedPurpose(string Purpose, ConsentEffect Effect)
{
    /// <summary>A purpose with what consent to it does under a policy version.</summary>
    public static StatedPurpose Under(PolicyVersion policy, string purpose) =>
        new(purpose, policy.Compiled.ConsentPurposes.Contains(purpose) ? ConsentEffect.Needed : ConsentEffect.None);
}

/// <summary>What a consent does under the policy it was given under.</summary>
public enum ConsentEffect
{
    /// <summary>Some rule asks for it.</summary>
    Needed,

    /// <summary>No rule asks for it: it is recorded and permits nothing.</summary>
    None,
}

/// <summary>How the statement can be proved (LAW-7).</summary>
/// <param name="Reference">Where the caller keeps the proof; null once erased.</param>
/// <param name="NoticeShownAt">When the person was shown the notice.</param>
/// <param name="Qualities">The qualities of consent that are evidenced (BG-1).</param>
public sealed record Evidence([property: Personal] string? Reference, DateTimeOffset? NoticeShownAt, IReadOnlyList<EvidencedQuality> Qualities);

/// <summary>One of the four qualities, with the caller's words on how it was ensured, if any.</summary>
public sealed record EvidencedQuality(string Quality, [property: Personal] string? Note);

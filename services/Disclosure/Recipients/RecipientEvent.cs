using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;

namespace Integritet.Disclosure.Recipients;

/// <summary>What can happen to one recipient. A recipient may be a person: its name rests under a key of its own record.</summary>
public abstract record RecipientEvent
{
    private RecipientEvent() { }

    /// <summary>Somebody data may go to, or who works with it, is on record.</summary>
    /// <param name="Name">Null once erased.</param>
    [StoredEvent("recipient-registered.v1")]
    public sealed record Registered(
        [property: DataSubject] Guid RecipientId, string Kind, [property: Personal] string? Name, string Country, string? Safeguard) : RecipientEvent;

    /// <summary>It has signed an agreement, which the policy of that version allowed (PA-5, PA-6).</summary>
    [StoredEvent("agreement-registered.v1")]
    public sealed record AgreementRegistered(
        Guid AgreementId, Guid RecipientId, string RecipientKind, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt, string Reference, int PolicyVersion) : RecipientEvent;

    /// <summary>An employee may read these categories (PA-4).</summary>
    [StoredEvent("access-right-granted.v1")]
    public sealed record AccessRightGranted(
        Guid AccessRightId, Guid RecipientId, string RecipientKind, IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo) : RecipientEvent;
}

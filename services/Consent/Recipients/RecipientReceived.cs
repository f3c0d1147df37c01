using Integritet.Consent.Integration;
using Integritet.Platform.EventStore;

namespace Integritet.Consent.Recipients;

/// <summary>A recipient is on record at Disclosure.</summary>
[StoredEvent("recipient-received.v1")]
public sealed record RecipientReceived(string SourceStream, long SourceVersion, Guid RecipientId, string Kind, string Country, string? Safeguard) : ToldByDisclosure(SourceStream, SourceVersion);

/// <summary>A recipient has signed an agreement.</summary>
[StoredEvent("agreement-received.v1")]
public sealed record AgreementReceived(
    string SourceStream, long SourceVersion, Guid AgreementId, Guid RecipientId, string RecipientKind, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt)
    : ToldByDisclosure(SourceStream, SourceVersion);

/// <summary>An employee may read these categories.</summary>
[StoredEvent("access-right-received.v1")]
public sealed record AccessRightReceived(
    string SourceStream, long SourceVersion, Guid AccessRightId, Guid RecipientId, string RecipientKind, IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo)
    : ToldByDisclosure(SourceStream, SourceVersion);

using Integritet.Gateway.Access;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.ApiKeys;

/// <param name="Person">Who answers for the key, as an identifier of the installation's staff directory. Two keys of one person are one person.</param>
/// <param name="Controllers">Controller ids, or <c>*</c> for all of this installation.</param>
/// <param name="Systems">Systems of record it speaks for: names, or <c>*</c> and exceptions as <c>!name</c>.</param>
/// <param name="SecretSha256">Base64 of SHA-256 of the secret.</param>
/// <param name="CreatedBy">The granting key.</param>
[StoredEvent("api-key-created.v1")]
public sealed record ApiKeyCreated(
    Guid KeyId, string Name, string Person, IReadOnlyList<string> Roles, IReadOnlyList<string> Controllers, IReadOnlyList<string> Systems, DateTimeOffset ExpiresAt,
    string SecretSha256, string CreatedBy, string CreatedByPerson, DateTimeOffset CreatedAt);

[StoredEvent("api-key-approved.v1")]
public sealed record ApiKeyApproved(Guid KeyId, string ApprovedBy, string ApprovedByPerson, DateTimeOffset ApprovedAt);

[StoredEvent("api-key-revoked.v1")]
public sealed record ApiKeyRevoked(Guid KeyId, string RevokedBy, string RevokedByPerson, DateTimeOffset RevokedAt);

public enum ApiKeyStatus
{
    PendingApproval,
    Active,
    Expired,
    Revoked,
}

/// <summary>An API key: what it may do, and until when.</summary>
public sealed record ApiKey(
    Guid Id, string Name, string Person, Role Roles, IReadOnlyList<string> Controllers, SystemScope Systems, DateTimeOffset ExpiresAt, ReadOnlyMemory<byte> SecretSha256,
    string CreatedBy, string CreatedByPerson, DateTimeOffset CreatedAt)
{
    public static readonly Aggregate<ApiKey?> Aggregate = new("api-key", null, Evolve);

    public string? ApprovedBy { get; init; }
    public DateTimeOffset? ApprovedAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }

    public bool NeedsApproval => (Roles & RoleNames.NeedingApproval) != Role.None;

    public ApiKeyStatus Status(DateTimeOffset now) => this switch
    {
        { RevokedAt: not null } => ApiKeyStatus.Revoked,
        _ when ExpiresAt <= now => ApiKeyStatus.Expired,
        { NeedsApproval: true, ApprovedAt: null } => ApiKeyStatus.PendingApproval,
        _ => ApiKeyStatus.Active,
    };

    public static ApiKey? Evolve(ApiKey? state, object @event) => (state, @event) switch
    {
        (null, ApiKeyCreated e) => new ApiKey(
            e.KeyId, e.Name, e.Person, RoleNames.Parse(e.Roles) ?? throw new InvalidOperationException($"Key {e.KeyId:N} has an unknown role."),
            e.Controllers, SystemScope.Of(e.Systems), e.ExpiresAt, Convert.FromBase64String(e.SecretSha256), e.CreatedBy, e.CreatedByPerson, e.CreatedAt),
        ({ } key, ApiKeyApproved e) => key with { ApprovedBy = e.ApprovedBy, ApprovedAt = e.ApprovedAt },
        ({ } key, ApiKeyRevoked e) => key with { RevokedAt = e.RevokedAt },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow in the stream of an API key."),
    };
}

using System.Text.Json.Serialization;
using Integritet.Gateway.Access;

namespace Integritet.Gateway.ApiKeys;

/// <summary>A key as operators see it.</summary>
/// <param name="Secret">The whole key, to be handed to its holder: shown once, when it was made.</param>
/// <param name="AlreadyIssued">True on a repeated creation: the secret was shown then.</param>
public sealed record ApiKeyDocument(
    string Id, string Name, string Person, IReadOnlyList<string> Roles, IReadOnlyList<string> Controllers, IReadOnlyList<string> Systems, ApiKeyStatus Status,
    DateTimeOffset CreatedAt, string CreatedBy, DateTimeOffset ExpiresAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? ApprovedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? ApprovedBy = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? RevokedAt = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Secret = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] bool? AlreadyIssued = null)
{
    public static ApiKeyDocument Of(ApiKey key, DateTimeOffset now) => new(
        key.Id.ToString("N"), key.Name, key.Person, RoleNames.Of(key.Roles), key.Controllers, key.Systems.Entries, key.Status(now),
        key.CreatedAt, key.CreatedBy, key.ExpiresAt, key.ApprovedAt, key.ApprovedBy, key.RevokedAt);
}

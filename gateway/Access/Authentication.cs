using Integritet.Gateway.ApiKeys;
using Integritet.Gateway.Subjects;

namespace Integritet.Gateway.Access;

/// <summary>Tells who calls, by <c>Authorization: Bearer</c> with an API key or a subject token.</summary>
public sealed class Authentication(SubjectTokens tokens, TimeProvider time)
{
    private const string Scheme = "Bearer ";

    /// <summary>Null when there is no credential, or none that is good now.</summary>
    public Credential? Authenticate(HttpRequest request, AccessDirectory directory)
    {
        var header = request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase))
            return null;
        var credential = value.AsSpan(Scheme.Length).Trim();
        var now = time.GetUtcNow();
        return KeySecret.Looks(credential) ? ByKey(credential, directory, now) : tokens.Validate(credential, directory, now);
    }

    private static Credential? ByKey(ReadOnlySpan<char> text, AccessDirectory directory, DateTimeOffset now)
    {
        Span<byte> secret = stackalloc byte[KeySecret.Bytes];
        return KeySecret.TryParse(text, out var id, secret)
            && directory.Find(id) is { } entry && KeySecret.Matches(secret, entry.Key.SecretSha256.Span) && entry.Key.Status(now) == ApiKeyStatus.Active
            ? entry.Credential
            : null;
    }
}

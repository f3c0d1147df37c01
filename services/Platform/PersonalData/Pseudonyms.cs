using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Integritet.Platform.PersonalData;

/// <summary>
/// Names subjects without naming them: HMAC-SHA256 under a key of the controller's own, the same in every service. Pseudonymous, not anonymous: who holds the key and an
/// address can find its records.
/// </summary>
public sealed class Pseudonyms(InstallationSecret secret)
{
    // Deriving a key takes longer than using it. Callers may name controllers that there are not, so what is kept is bounded.
    private const int MaxKeys = 1_000;
    private readonly ConcurrentDictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    /// <summary>What every pseudonym begins with.</summary>
    public const string Prefix = "ps_";

    /// <summary>The pseudonym of a subject at a controller: <c>ps_</c> and 43 characters of base64url.</summary>
    public string Of(string controller, SubjectId subject)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(KeyOf(controller), Encoding.UTF8.GetBytes($"{SubjectId.NameOf(subject.Type)}|{subject.Value}"), hash);
        return Prefix + Base64Url.EncodeToString(hash);
    }

    private byte[] KeyOf(string controller)
    {
        if (_keys.TryGetValue(controller, out var known))
            return known;
        if (_keys.Count >= MaxKeys)
            _keys.Clear();
        return _keys[controller] = secret.Derive($"pseudonym|{controller}");
    }

    /// <summary>Whether a text has the form of a pseudonym.</summary>
    public static bool IsWellFormed(string? text) =>
        text is { Length: 46 } && text.StartsWith(Prefix, StringComparison.Ordinal) && Base64Url.IsValid(text.AsSpan(Prefix.Length), out var length) && length == 32;
}

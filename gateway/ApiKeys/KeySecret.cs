using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;

namespace Integritet.Gateway.ApiKeys;

/// <summary>
/// An API key as its holder writes it: <c>igk_&lt;id&gt;_&lt;secret&gt;</c>, the id 32 hex digits, the secret 256 random bits in base64url. Only SHA-256 of the secret is kept: with 256 random bits
/// there is nothing to guess, so no slow hash is needed.
/// </summary>
public static class KeySecret
{
    public const int Bytes = 32;
    private const string Prefix = "igk_";
    private const int IdLength = 32;
    private const int SecretLength = 43;

    public static byte[] Generate() => RandomNumberGenerator.GetBytes(Bytes);

    public static string Text(Guid id, ReadOnlySpan<byte> secret) => $"{Prefix}{id:N}_{Base64Url.EncodeToString(secret)}";

    /// <summary>Whether a credential claims to be an API key.</summary>
    public static bool Looks(ReadOnlySpan<char> text) => text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Takes a key apart without allocating; false for anything that is not exactly one.</summary>
    public static bool TryParse(ReadOnlySpan<char> text, out Guid id, Span<byte> secret)
    {
        id = default;
        if (text.Length != Prefix.Length + IdLength + 1 + SecretLength || !Looks(text) || text[Prefix.Length + IdLength] != '_')
            return false;
        return Guid.TryParseExact(text.Slice(Prefix.Length, IdLength), "N", out id)
            && Base64Url.DecodeFromChars(text[^SecretLength..], secret, out _, out var written) == OperationStatus.Done && written == Bytes;
    }

    public static byte[] Hash(ReadOnlySpan<byte> secret) => SHA256.HashData(secret);

    /// <summary>Compares in constant time.</summary>
    public static bool Matches(ReadOnlySpan<byte> secret, ReadOnlySpan<byte> hash)
    {
        Span<byte> actual = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(secret, actual);
        return CryptographicOperations.FixedTimeEquals(actual, hash);
    }
}

using System.Security.Cryptography;
using System.Text;

namespace Integritet.Platform.PersonalData;

/// <summary>The installation's pseudonym key: 256 random bits that every service has. Keys for single purposes are derived from it (HKDF, RFC 5869); it is used for nothing itself.</summary>
public sealed class InstallationSecret
{
    private readonly byte[] _key;

    /// <summary>Takes the 32 bytes of the key.</summary>
    public InstallationSecret(ReadOnlySpan<byte> key)
    {
        if (key.Length != 32)
            throw new ArgumentException("The pseudonym key has 32 bytes.", nameof(key));
        _key = key.ToArray();
    }

    /// <summary>A 32-byte key for one purpose; the same purpose gives the same key in every service.</summary>
    public byte[] Derive(string purpose) => HKDF.DeriveKey(HashAlgorithmName.SHA256, _key, 32, salt: null, info: Encoding.UTF8.GetBytes(purpose));
}

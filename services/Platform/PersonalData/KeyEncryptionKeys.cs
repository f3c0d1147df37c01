using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.PersonalData;

/// <summary>Wraps data keys. Ours keeps its keys in memory; a KMS or HSM is another implementation.</summary>
public interface IKeyEncryptionKey
{
    /// <summary>Id of the key that wraps now.</summary>
    string CurrentId { get; }

    /// <summary>Wraps a data key under the current key, bound to <paramref name="context"/>.</summary>
    ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> context, CancellationToken cancellationToken);

    /// <summary>The data key again. Throws <see cref="CryptographicException"/> when the key is not known, or the context or the bytes were changed.</summary>
    ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken);
}

/// <summary>Key-encryption keys from file or environment: AES-256-GCM, the first wraps, all unwrap.</summary>
internal sealed class LocalKeyEncryptionKeys : IKeyEncryptionKey
{
    private readonly Dictionary<string, byte[]> _keys = new(StringComparer.Ordinal);

    public LocalKeyEncryptionKeys(IOptions<PersonalDataOptions> options)
        : this(KeyFiles.ReadKeyEncryptionKeys(options.Value))
    {
    }

    public LocalKeyEncryptionKeys(IReadOnlyList<byte[]> keys)
    {
        CurrentId = IdOf(keys[0]);
        foreach (var key in keys)
            _keys[IdOf(key)] = key;
    }

    public string CurrentId { get; }

    public ValueTask<byte[]> WrapAsync(ReadOnlyMemory<byte> dataKey, ReadOnlyMemory<byte> context, CancellationToken cancellationToken) =>
        new(AesGcmBox.Seal(_keys[CurrentId], dataKey.Span, context.Span));

    public ValueTask<byte[]> UnwrapAsync(string keyId, ReadOnlyMemory<byte> wrapped, ReadOnlyMemory<byte> context, CancellationToken cancellationToken) =>
        _keys.TryGetValue(keyId, out var key)
            ? new(AesGcmBox.Open(key, wrapped.Span, context.Span))
            : throw new CryptographicException($"Key-encryption key {keyId} is not among those of PersonalData__KeyEncryptionKeyFile: keep the old line until rotate-key-encryption-key has run.");

    // A name for a key that tells nothing of it.
    private static string IdOf(byte[] key) => Convert.ToHexStringLower(HMACSHA256.HashData(key, Encoding.UTF8.GetBytes("key-encryption key id"))[..8]);
}

/// <summary>AES-256-GCM with a random 96-bit nonce: nonce, ciphertext, 128-bit tag, one after the other.</summary>
internal static class AesGcmBox
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    public static byte[] Seal(ReadOnlySpan<byte> key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> associated)
    {
        var box = new byte[NonceLength + plaintext.Length + TagLength];
        var nonce = box.AsSpan(0, NonceLength);
        RandomNumberGenerator.Fill(nonce);
        using var aes = new AesGcm(key, TagLength);
        aes.Encrypt(nonce, plaintext, box.AsSpan(NonceLength, plaintext.Length), box.AsSpan(NonceLength + plaintext.Length), associated);
        return box;
    }

    /// <summary>Throws <see cref="CryptographicException"/> when the box, the key or the associated data is another.</summary>
    public static byte[] Open(ReadOnlySpan<byte> key, ReadOnlySpan<byte> box, ReadOnlySpan<byte> associated)
    {
        if (box.Length < NonceLength + TagLength)
            throw new CryptographicException("The ciphertext is too short.");
        var plaintext = new byte[box.Length - NonceLength - TagLength];
        using var aes = new AesGcm(key, TagLength);
        aes.Decrypt(box[..NonceLength], box[NonceLength..^TagLength], box[^TagLength..], plaintext, associated);
        return plaintext;
    }
}

using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Integritet.Platform.PersonalData;

/// <summary>
/// The text a personal value rests as: <c>pd1.&lt;key id&gt;.&lt;nonce, ciphertext and tag&gt;</c>, the last two in base64url. It opens only in its own place: tenant, event, field and key are its
/// associated data.
/// </summary>
internal static class Envelope
{
    private const string Version = "pd1";

    public static string Seal(ReadOnlySpan<byte> key, Guid keyId, string tenant, Guid eventId, string field, string value) =>
        $"{Version}.{Base64Url.EncodeToString(keyId.ToByteArray(bigEndian: true))}.{Base64Url.EncodeToString(AesGcmBox.Seal(key, Encoding.UTF8.GetBytes(value), PlaceOf(tenant, eventId, field, keyId)))}";

    public static string Open(ReadOnlySpan<byte> key, string envelope, Guid keyId, string tenant, Guid eventId, string field) =>
        Encoding.UTF8.GetString(AesGcmBox.Open(key, Base64Url.DecodeFromChars(envelope.AsSpan(envelope.LastIndexOf('.') + 1)), PlaceOf(tenant, eventId, field, keyId)));

    /// <summary>Id of the key an envelope was sealed with. Throws <see cref="CryptographicException"/> for text that is no envelope: nothing personal rests in clear.</summary>
    public static Guid KeyIdOf(string envelope)
    {
        var parts = envelope.Split('.');
        if (parts is not [Version, { Length: 22 } id, var box] || !Base64Url.IsValid(id) || !Base64Url.IsValid(box))
            throw new CryptographicException("A personal member of a stored event is not an envelope of version pd1.");
        return new Guid(Base64Url.DecodeFromChars(id), bigEndian: true);
    }

    private static byte[] PlaceOf(string tenant, Guid eventId, string field, Guid keyId) => Encoding.UTF8.GetBytes($"{Version}|{tenant}|{eventId:D}|{field}|{keyId:D}");
}

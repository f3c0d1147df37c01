using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Registers;

/// <summary>
/// Ids of register entries, made of what they are about: the same relation or contact recorded twice, at the same time or by two replicas, is one entry with one stream, so that its version check
/// keeps it whole. Parts that name people are pseudonyms, so an id tells nothing.
/// </summary>
internal static class EntryId
{
    /// <summary>RFC 9562 5.8, version 8, from SHA-256 of the parts.</summary>
    public static Guid Of(params IEnumerable<string?> parts) => NameBasedId.From(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\u001f', parts))));
}

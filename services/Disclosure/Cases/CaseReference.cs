using System.Security.Cryptography;
using System.Text;

namespace Integritet.Disclosure.Cases;

/// <summary>
/// The id of a case is made of its reference, so that of two cases opened at once under one reference one finds the other's stream: a reference is unique without a register of references.
/// </summary>
public static class CaseReference
{
    /// <summary>RFC 9562 5.8, version 8: the first 16 bytes of a SHA-256.</summary>
    public static Guid IdOf(string controller, string reference)
    {
        var id = SHA256.HashData(Encoding.UTF8.GetBytes($"case\0{controller}\0{reference}")).AsSpan(0, 16);
        id[6] = (byte)((id[6] & 0x0F) | 0x80);
        id[8] = (byte)((id[8] & 0x3F) | 0x80);
        return new Guid(id, bigEndian: true);
    }
}

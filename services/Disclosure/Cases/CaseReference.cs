using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Cases;

/// <summary>
/// The id of a case is made of its reference, so that of two cases opened at once under one reference one finds the other's stream: a reference is unique without a register of references.
/// </summary>
public static class CaseReference
{
    /// <summary>RFC 9562 5.8, version 8: the first 16 bytes of a SHA-256.</summary>
    public static Guid IdOf(string controller, string reference) => NameBasedId.From(SHA256.HashData(Encoding.UTF8.GetBytes($"case\0{controller}\0{reference}")));
}

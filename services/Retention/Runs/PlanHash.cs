using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Integritet.Retention.Instructions;

namespace Integritet.Retention.Runs;

/// <summary>
/// SHA-256 over the due items of a plan, ordered by holding id (its bytes, big-endian), each as a line <c>holdingId|action|rule|dueAt</c> in ASCII with instants in microseconds.
/// The same facts at the same instant give the same hash; nothing that is not due is in it.
/// </summary>
public sealed class PlanHash : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _line = new byte[1024];
    private Guid? _last;

    /// <summary>Adds the next item, due at an instant in UTC. Throws when it is not after the one before: the order is part of the hash.</summary>
    public void Add(Guid holdingId, InstructionAction action, string rule, DateTime dueAt)
    {
        if (_last is { } last && Compare(last, holdingId) >= 0)
            throw new InvalidOperationException("The items of a plan come in the order of their holdings, each once.");
        _last = holdingId;
        var length = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{holdingId:D}|{action.Written()}|{rule}|{dueAt:yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'}\n"), _line);
        _hash.AppendData(_line, 0, length);
    }

    /// <summary>The hash in lower-case hexadecimal. Ends it.</summary>
    public string Finish() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    /// <summary>Whether a text can be a plan hash at all.</summary>
    public static bool IsWellFormed(string text) => text.Length == 64 && text.All(char.IsAsciiHexDigitLower);

    public void Dispose() => _hash.Dispose();

    // As PostgreSQL orders uuids; Guid.CompareTo orders the same way since it compares the fields most significant first.
    private static int Compare(Guid one, Guid other) => one.CompareTo(other);
}

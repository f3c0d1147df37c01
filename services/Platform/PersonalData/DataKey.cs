using System.Security.Cryptography;

namespace Integritet.Platform.PersonalData;

/// <summary>Whose personal members, in which record.</summary>
/// <param name="Tenant">Controller.</param>
/// <param name="Subject">Pseudonym.</param>
/// <param name="Stream">The record.</param>
public sealed record KeyScope(string Tenant, string Subject, string Stream);

/// <summary>A data key for one use: a copy of its user's own.</summary>
internal sealed record DataKey(Guid Id, byte[] Bytes);

/// <summary>A data key in the cache. Once forgotten its bytes are zero and it serves nobody.</summary>
internal sealed class CachedKey(Guid id, KeyScope scope, byte[] bytes)
{
    private readonly Lock _lock = new();
    private readonly byte[] _bytes = [.. bytes];
    private bool _forgotten;

    public Guid Id { get; } = id;

    public KeyScope Scope { get; } = scope;

    /// <summary>A copy, or null if it has been forgotten meanwhile.</summary>
    public DataKey? Copy()
    {
        lock (_lock)
            return _forgotten ? null : new DataKey(Id, [.. _bytes]);
    }

    public void Forget()
    {
        lock (_lock)
        {
            _forgotten = true;
            CryptographicOperations.ZeroMemory(_bytes);
        }
    }
}

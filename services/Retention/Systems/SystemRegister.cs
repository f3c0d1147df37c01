using Integritet.Platform.Policies;

namespace Integritet.Retention.Systems;

/// <summary>A system of record.</summary>
/// <param name="Encrypted">Whether what it holds is encrypted (NI-11).</param>
public sealed record RegisteredSystem(string Name, bool Encrypted);

/// <summary>The systems of record as this service knows them: those of the policy, which exist from the start.</summary>
public sealed class SystemRegister
{
    /// <summary>A system by name; null for one that is not registered.</summary>
    public RegisteredSystem? Find(PolicyVersion policy, string name) => policy.Document.Systems.TryGetValue(name, out var named) ? new RegisteredSystem(name, named.Encrypted) : null;

    /// <summary>Every system's name.</summary>
    public IReadOnlyCollection<string> Names(PolicyVersion policy) => [.. policy.Document.Systems.Keys];
}

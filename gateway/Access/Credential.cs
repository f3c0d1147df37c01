using System.Collections.Concurrent;
using Integritet.Gateway.ApiKeys;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>Somebody the gateway knows: the holder of an API key, or a data subject with a token. One object as long as the key is unchanged: its calls are counted here.</summary>
public sealed class Credential(string id, Role roles, Caller caller, DateTimeOffset expiresAt)
{
    private int _underWay;

    /// <summary>Names the credential in records: the key's id, or the subject token's.</summary>
    public string Id { get; } = id;

    public Role Roles { get; } = roles;

    /// <summary>The identity that services are told.</summary>
    public Caller Caller { get; } = caller;

    public SystemScope Systems { get; } = SystemScope.Of(caller.Systems);

    public DateTimeOffset ExpiresAt { get; } = expiresAt;

    /// <summary>Internal tokens by controller: at most one for each controller there is.</summary>
    internal ConcurrentDictionary<string, InternalToken> InternalTokens { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether it is valid for a controller (or for <c>*</c>, all of them).</summary>
    public bool Reaches(string controller) => Caller.Controllers.Contains("*") || Caller.Controllers.Contains(controller);

    /// <summary>Whether its holder, as an operator, could have granted a key: others are no business of its own.</summary>
    public bool MayGrant(ApiKey key) => key.Controllers.All(Reaches) && Systems.Covers(key.Systems);

    /// <summary>Counts a call in; false, and not counted, where <paramref name="limit"/> are under way.</summary>
    public bool TryEnter(int limit)
    {
        if (Interlocked.Increment(ref _underWay) <= limit)
            return true;
        Interlocked.Decrement(ref _underWay);
        return false;
    }

    public void Leave() => Interlocked.Decrement(ref _underWay);
}

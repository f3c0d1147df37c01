using System.Collections.Frozen;
using System.Collections.Immutable;
using Integritet.Gateway.ApiKeys;
using Integritet.Gateway.Controllers;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>One event of an API key or a controller.</summary>
public readonly record struct AccessEvent(long Position, string Stream, object Event);

/// <summary>Every key and every controller as of one position of the gateway's log. Immutable: a request reads one, and the next one replaces it.</summary>
public sealed class AccessDirectory
{
    private readonly ImmutableDictionary<string, ApiKey> _keysByStream;
    private readonly FrozenDictionary<Guid, KeyEntry> _entries;

    private AccessDirectory(long position, ImmutableDictionary<string, ApiKey> keys, FrozenDictionary<Guid, KeyEntry> entries, FrozenSet<string> controllers) =>
        (Position, _keysByStream, _entries, Controllers) = (position, keys, entries, controllers);

    public static AccessDirectory Empty { get; } = new(0, ImmutableDictionary<string, ApiKey>.Empty, FrozenDictionary<Guid, KeyEntry>.Empty, []);

    public long Position { get; }

    /// <summary>Ids of the controllers there are: those registered, and those with a policy.</summary>
    public FrozenSet<string> Controllers { get; }

    public IEnumerable<ApiKey> Keys => _keysByStream.Values;

    /// <summary>A key and what it admits to, whatever its status; null for an unknown id.</summary>
    public KeyEntry? Find(Guid id) => _entries.GetValueOrDefault(id);

    /// <summary>The directory after more events, which must be in order. Unchanged keys keep their credential.</summary>
    public AccessDirectory After(IReadOnlyList<AccessEvent> events)
    {
        if (events.Count == 0)
            return this;
        var keys = _keysByStream;
        var found = new List<string>();
        foreach (var (_, stream, @event) in events)
        {
            if (@event is ControllerRegistered registered)
                found.Add(registered.Controller);
            else if (@event is ControllerPolicyPublished published)
                found.Add(published.Controller);
            else
                keys = keys.SetItem(stream, ApiKey.Evolve(keys.GetValueOrDefault(stream), @event)!);
        }

        return new(
            events[^1].Position, keys, ReferenceEquals(keys, _keysByStream) ? _entries : Entries(keys),
            found.All(Controllers.Contains) ? Controllers : Controllers.Union(found).ToFrozenSet(StringComparer.Ordinal));
    }

    private FrozenDictionary<Guid, KeyEntry> Entries(ImmutableDictionary<string, ApiKey> keys) =>
        keys.Values.ToFrozenDictionary(key => key.Id, key => _entries.TryGetValue(key.Id, out var known) && ReferenceEquals(known.Key, key) ? known : new KeyEntry(key));
}

/// <summary>A key with the credential that its holder has while it is active.</summary>
public sealed class KeyEntry(ApiKey key)
{
    public ApiKey Key { get; } = key;

    public Credential Credential { get; } = new(
        key.Id.ToString("N"),
        key.Roles,
        new Caller("gateway", key.Id.ToString("N")) { Person = key.Person, Roles = RoleNames.Of(key.Roles), Controllers = key.Controllers, Systems = key.Systems.Entries },
        key.ExpiresAt);
}

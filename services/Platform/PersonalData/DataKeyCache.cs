using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.PersonalData;

/// <summary>Data keys this replica may use without asking, bounded in number and in time (by the machine's clock).</summary>
internal sealed class DataKeyCache : IDisposable
{
    private readonly MemoryCache _keys;

    public DataKeyCache(IOptions<PersonalDataOptions> options)
    {
        Lifetime = TimeSpan.FromSeconds(options.Value.KeyCacheSeconds);
        // Two entries for each key: by id and by scope.
        _keys = new MemoryCache(new MemoryCacheOptions { SizeLimit = 2L * options.Value.MaxCachedKeys });
    }

    public TimeSpan Lifetime { get; }

    public DataKey? Find(Guid id) => _keys.TryGetValue<CachedKey>(id, out var key) ? key?.Copy() : null;

    public DataKey? Find(KeyScope scope) => _keys.TryGetValue<CachedKey>(scope, out var key) ? key?.Copy() : null;

    /// <summary>Keeps a key until <paramref name="askedAt"/> plus the lifetime: counted from before it was read, so that a destruction committed after is obeyed in time.</summary>
    public void Add(DataKey key, KeyScope scope, DateTimeOffset askedAt)
    {
        var cached = new CachedKey(key.Id, scope, key.Bytes);
        _keys.Set(scope, cached, new MemoryCacheEntryOptions { Size = 1, AbsoluteExpiration = askedAt + Lifetime });
        var byId = new MemoryCacheEntryOptions { Size = 1, AbsoluteExpiration = askedAt + Lifetime };
        _keys.Set(key.Id, cached, byId.RegisterPostEvictionCallback(static (_, value, _, _) => ((CachedKey)value!).Forget()));
    }

    public void Evict(Guid id)
    {
        if (!_keys.TryGetValue<CachedKey>(id, out var key) || key is null)
            return;
        key.Forget();
        _keys.Remove(key.Scope);
        _keys.Remove(id);
    }

    public void Clear() => _keys.Clear();

    public void Dispose() => _keys.Dispose();
}

using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Names with small ids, in a fixed order.</summary>
internal sealed class Names
{
    private readonly FrozenDictionary<string, int> _ids;

    public Names(IEnumerable<string> names)
    {
        All = [.. names];
        _ids = All.Select((name, id) => (name, id)).ToFrozenDictionary(n => n.name, n => n.id, StringComparer.Ordinal);
    }

    public ImmutableArray<string> All { get; }

    public int Count => All.Length;

    public string this[int id] => All[id];

    public bool TryIdOf(string name, out int id) => _ids.TryGetValue(name, out id);

    public int IdOf(string name) => _ids[name];
}

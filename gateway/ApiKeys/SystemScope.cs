namespace Integritet.Gateway.ApiKeys;

/// <summary>The systems of record a credential speaks for: names, or every system (<c>*</c>) but some (<c>!name</c>).</summary>
public sealed class SystemScope
{
    private readonly bool _all;
    private readonly HashSet<string> _named;

    private SystemScope(IReadOnlyList<string> entries)
    {
        Entries = entries;
        _all = entries.Contains("*");
        _named = [.. from entry in entries where entry != "*" select _all ? entry[1..] : entry];
    }

    public static SystemScope None { get; } = new([]);

    /// <summary>As written.</summary>
    public IReadOnlyList<string> Entries { get; }

    /// <summary>Builds a scope of well-formed entries; throws for others (see <see cref="WellFormed"/>).</summary>
    public static SystemScope Of(IReadOnlyList<string> entries) =>
        WellFormed(entries) ? new(entries) : throw new ArgumentException($"Not a list of systems: {string.Join(',', entries)}", nameof(entries));

    /// <summary>Either names alone, or <c>*</c> with exceptions.</summary>
    public static bool WellFormed(IReadOnlyList<string> entries)
    {
        var all = entries.Contains("*");
        return entries.All(entry => entry == "*" || (all ? entry.StartsWith('!') && Identifier.IsValid(entry.AsSpan(1)) : Identifier.IsValid(entry)));
    }

    public bool Includes(string system) => _named.Contains(system) != _all;

    /// <summary>Whether every system of the other scope is in this one.</summary>
    public bool Covers(SystemScope other) =>
        other._all ? _all && _named.IsSubsetOf(other._named) : other._named.All(Includes);
}

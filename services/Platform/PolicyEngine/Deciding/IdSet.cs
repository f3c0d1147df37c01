

namespace Integritet.Platform.PolicyEngine;

/// <summary>A set of small ids as bits, and whether "none given" is in it.</summary>
internal readonly struct IdSet
{
    private readonly ulong[]? _bits;
    private readonly bool _absent;

    private IdSet(ulong[]? bits, bool absent) => (_bits, _absent) = (bits, absent);

    public static IdSet Any { get; } = new(null, absent: true);

    public bool IsAny => _bits is null && _absent;

    /// <summary>A negative id stands for "none given" or "not listed".</summary>
    public bool Has(int id) => id < 0 ? _absent : _bits is null ? _absent : (_bits[id >> 6] & (1UL << id)) != 0;

    public static IdSet Of(NameSet names, Names known) => names.IsAny ? Any : Of(names.Names.Select(known.IdOf), names.Except, known.Count, absent: names.Except);

    public static IdSet Of(IEnumerable<int> ids, bool except, int count, bool absent)
    {
        var bits = new ulong[(count + 63) / 64];
        foreach (var id in ids)
            bits[id >> 6] |= 1UL << id;
        if (except)
            for (var i = 0; i < bits.Length; i++)
                bits[i] = ~bits[i];
        return new IdSet(bits, absent);
    }


}

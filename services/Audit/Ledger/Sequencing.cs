using System.Runtime.InteropServices;

namespace Integritet.Audit.Ledger;

/// <summary>How long one controller's log is, its latest commit stamp, and how far behind that any leaf's own stamp has been.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct LogHead(long Size, DateTimeOffset SeenAt, TimeSpan Lateness)
{
    /// <summary>The head after one more leaf.</summary>
    public LogHead With(DateTimeOffset at)
    {
        var seenAt = at > SeenAt ? at : SeenAt;
        var late = seenAt - at;
        return new LogHead(Size + 1, seenAt, late > Lateness ? late : Lateness);
    }
}

/// <summary>A leaf in its place.</summary>
/// <param name="SeenAt">The latest commit stamp in the log up to and with this leaf.</param>
public sealed record Entry(long Index, Leaf Leaf, DateTimeOffset SeenAt);

/// <summary>What a batch of one service's leaves comes to.</summary>
/// <param name="Position">How far the service's own log is in the ledger then.</param>
/// <param name="Heads">Of the logs that grow.</param>
/// <param name="Duplicates">How many were at positions that the ledger is past.</param>
/// <param name="Refused">The first that does not follow what is there, and with it all after it. They are not lost: the service's own log has them.</param>
public sealed record Sequenced(IReadOnlyList<Entry> Entries, long Position, IReadOnlyDictionary<string, LogHead> Heads, int Duplicates, Leaf? Refused);

/// <summary>Gives leaves their places: pure, so that two replicas would come to the same.</summary>
public static class Sequencing
{
    /// <summary>
    /// A service's leaves in order of position, as far as each names the one before it: a position the ledger is past is a duplicate, and a gap is never written over. A service has one chain
    /// of positions over all controllers; each controller's log is dense.
    /// </summary>
    public static Sequenced Sequence(IEnumerable<Leaf> arrived, long position, IReadOnlyDictionary<string, LogHead> heads)
    {
        var grown = new Dictionary<string, LogHead>(StringComparer.Ordinal);
        var entries = new List<Entry>();
        var duplicates = 0;
        foreach (var leaf in arrived.OrderBy(l => l.Position))
        {
            if (leaf.Position <= position)
            {
                duplicates++;
                continue;
            }
            if (leaf.Previous != position)
                return new Sequenced(entries, position, grown, duplicates, leaf);
            var head = grown.TryGetValue(leaf.Controller, out var known) ? known : heads.GetValueOrDefault(leaf.Controller);
            var next = head.With(leaf.At);
            entries.Add(new Entry(head.Size, leaf, next.SeenAt));
            grown[leaf.Controller] = next;
            position = leaf.Position;
        }
        return new Sequenced(entries, position, grown, duplicates, null);
    }
}

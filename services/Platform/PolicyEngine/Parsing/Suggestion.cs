namespace Integritet.Platform.PolicyEngine;

/// <summary>"Did you mean": the nearest known name, if one is near.</summary>
internal static class Suggestion
{
    private const int LongestCompared = 64;
    private const int ShortestCompared = 3;

    /// <summary>A sentence that names what is unknown and what may have been meant.</summary>
    public static string Unknown(string what, string name, IEnumerable<string> known)
    {
        var shown = name.Length > LongestCompared ? string.Concat(name.AsSpan(0, LongestCompared), "…") : name;
        return Nearest(name, known) is { } near ? $"unknown {what} '{shown}', did you mean '{near}'?" : $"unknown {what} '{shown}'";
    }

    private static string? Nearest(string name, IEnumerable<string> known)
    {
        if (name.Length is < ShortestCompared or > LongestCompared)
            return null;
        var best = known.Where(k => k.Length <= LongestCompared).Select(k => (Name: k, Distance: Distance(name, k))).DefaultIfEmpty().MinBy(k => k.Name is null ? int.MaxValue : k.Distance);
        return best.Name is not null && best.Distance <= Math.Max(1, name.Length / 3) ? best.Name : null;
    }

    /// <summary>Damerau's distance with adjacent swaps: how many slips of the finger lie between two words.</summary>
    private static int Distance(string a, string b)
    {
        var d = new int[a.Length + 1, b.Length + 1];
        for (var i = 0; i <= a.Length; i++)
            d[i, 0] = i;
        for (var j = 0; j <= b.Length; j++)
            d[0, j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            for (var j = 1; j <= b.Length; j++)
            {
                d[i, j] = Math.Min(Math.Min(d[i - 1, j], d[i, j - 1]) + 1, d[i - 1, j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1));
                if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                    d[i, j] = Math.Min(d[i, j], d[i - 2, j - 2] + 1);
            }
        }
        return d[a.Length, b.Length];
    }
}

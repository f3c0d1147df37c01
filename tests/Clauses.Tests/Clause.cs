namespace Integritet.Clauses.Tests;

/// <summary>The clause that a test accepts: the system runs it when all its tests pass.</summary>
[AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
public sealed class ClauseAttribute(string id) : Attribute
{
    public string Id { get; } = id;

    /// <summary>What of the clause it covers, where that is not all of it: the clause is then still owed.</summary>
    public string? Part { get; init; }
}

/// <summary>Every clause there is, in the order of the published texts.</summary>
public static class Clauses
{
    public static IReadOnlyList<string> All { get; } =
    [
        .. Numbered("PA", 8), .. Numbered("NI", 11), .. Numbered("DV", 14), .. Numbered("AL", 11), .. Numbered("BG", 11),
        "LAW-5", "LAW-6c", "LAW-7", "LAW-12", "LAW-15", "LAW-17", "LAW-18", "LAW-19", "LAW-21", "LAW-30", "LAW-33",
    ];

    private static IEnumerable<string> Numbered(string prefix, int count) => Enumerable.Range(1, count).Select(i => $"{prefix}-{i}");
}

using Integritet.Platform.Hosting;

namespace Integritet.Retention;

/// <summary><c>?limit=&amp;after=</c> of this service's lists (api.md), and what else they are asked by; a number that cannot be used is answered 400, a text 422.</summary>
internal static class Paging
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 1_000;

    public static int Limit(HttpContext http) => (int)Number(http, "limit", DefaultLimit, 1, MaxLimit);

    /// <summary>A cursor that is a number: absent, 0.</summary>
    public static long After(HttpContext http) => Number(http, "after", 0, 0, long.MaxValue);

    /// <summary>What a list is narrowed by; null where nothing is sent.</summary>
    public static string? Text(HttpContext http, string name)
    {
        var text = http.Request.Query[name].ToString();
        if (text.Length > BodyLimits.Default.MaxStringLength || text.Contains('\0', StringComparison.Ordinal))
            throw new ProblemException(Problems.Unprocessable("A text cannot be used.", new ProblemError($"At most {BodyLimits.Default.MaxStringLength} characters, and no U+0000.", $"#query/{name}")));
        return text.Length == 0 ? null : text;
    }

    public static Problem NoSuchCursor() => Problems.Malformed("The cursor cannot be used.", new ProblemError("Take it from the page before.", "#query/after"));

    private static long Number(HttpContext http, string name, long otherwise, long least, long most)
    {
        var faults = new List<ProblemError>();
        var number = http.Request.Query.Number(name, least, most, otherwise, $"A whole number from {least} to {most}.", faults);
        return faults.Count == 0 ? number : throw new ProblemException(Problems.Malformed("A number cannot be used.", [.. faults]));
    }
}

/// <summary>A page of a list.</summary>
/// <param name="Items">What is on it.</param>
/// <param name="Next">The cursor of the page after it; null on the last.</param>
public sealed record Page<T>(IReadOnlyList<T> Items, string? Next);

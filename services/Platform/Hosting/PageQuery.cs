using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Integritet.Platform.Hosting;

/// <summary>Which page of a list is asked for (<c>?limit=&amp;after=</c>).</summary>
/// <param name="Limit">At most so many items.</param>
/// <param name="After">Position of the last item of the page before; 0 for the first page.</param>
public sealed record PageQuery(int Limit, long After)
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    /// <summary>Reads it from the query; throws a 422 <see cref="ProblemException"/> for a limit or cursor that is none.</summary>
    public static PageQuery Of(HttpContext http)
    {
        ArgumentNullException.ThrowIfNull(http);
        var faults = new List<ProblemError>();
        var limit = http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"A limit is a number from 1 to {MaxLimit}.", faults);
        var after = http.Request.Query.Number("after", 1, long.MaxValue, 0, "Take the cursor from the page before.", faults);
        return faults.Count == 0 ? new PageQuery((int)limit, after) : throw new ProblemException(Problems.Unprocessable("There is no such page.", [.. faults]));
    }

    /// <summary>The cursor to the next page, where more rows than asked for were found.</summary>
    public string? Next<TRow>(IReadOnlyList<TRow> found, Func<TRow, long> position)
    {
        ArgumentNullException.ThrowIfNull(found);
        ArgumentNullException.ThrowIfNull(position);
        return found.Count > Limit ? position(found[Limit - 1]).ToString(CultureInfo.InvariantCulture) : null;
    }
}

using Integritet.Gateway.Access;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.ApiKeys;

/// <summary>The keys that an operator could have granted, oldest first, and one of them.</summary>
public static class ListApiKeys
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 500;

    public sealed record Page(IReadOnlyList<ApiKeyDocument> Items, string? Next);

    public static async Task<IResult> HandleAsync(HttpContext http, AccessFollower access, TimeProvider time, int? limit = null, string? after = null)
    {
        if (limit is < 1 or > MaxLimit)
            return Problems.Malformed("The page cannot be given.", new ProblemError($"A limit is between 1 and {MaxLimit}.", "#query/limit"));
        if (after is not null && !Guid.TryParseExact(after, "N", out _))
            return Problems.Malformed("The page cannot be given.", new ProblemError("A cursor is what an earlier page gave as next.", "#query/after"));
        var size = limit ?? DefaultLimit;
        var viewer = http.Credential();
        var directory = await access.FreshAsync();
        var found = directory.Keys.Where(viewer.MayGrant).Select(key => ApiKeyDocument.Of(key, time.GetUtcNow())).OrderBy(key => key.Id, StringComparer.Ordinal)
            .Where(key => after is null || string.CompareOrdinal(key.Id, after) > 0).Take(size + 1).ToList();
        return TypedResults.Ok(new Page([.. found.Take(size)], found.Count > size ? found[size - 1].Id : null));
    }

    public static async Task<IResult> HandleOneAsync(HttpContext http, Guid id, AccessFollower access, TimeProvider time)
    {
        var directory = await access.FreshAsync();
        return directory.Find(id) is { } entry && http.Credential().MayGrant(entry.Key)
            ? TypedResults.Ok(ApiKeyDocument.Of(entry.Key, time.GetUtcNow()))
            : Problems.NotFound("There is no such key.");
    }
}

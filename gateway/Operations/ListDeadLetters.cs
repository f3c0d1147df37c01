using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Operations;

/// <summary>Messages that services gave up, service by service, newest first. Bodies are not shown.</summary>
public static class ListDeadLetters
{
    private const int DefaultLimit = 100;
    private const int MaxLimit = 500;

    public sealed record Page(IReadOnlyList<JsonObject> Items, string? Next);

    /// <summary>Where a page begins: after a letter of one service, or at the newest of it.</summary>
    private readonly record struct Cursor(string Service, string After)
    {
        public override string ToString() => $"{Service}:{After}";

        public static Cursor? Parse(string text) => text.Split(':') is [var service, var after] && after.All(char.IsAsciiDigit) ? new(service, after) : null;
    }

    public static async Task<IResult> HandleAsync(HttpContext http, Services services, int? limit = null, string? after = null)
    {
        if (limit is < 1 or > MaxLimit)
            return Problems.Malformed("The page cannot be given.", new ProblemError($"A limit is between 1 and {MaxLimit}.", "#query/limit"));
        var cursor = after is null ? new Cursor(services.Names.Count > 0 ? services.Names[0] : "", "") : Cursor.Parse(after);
        if (cursor is not { } start || !services.Names.Contains(start.Service))
            return Problems.Malformed("The page cannot be given.", new ProblemError("A cursor is what an earlier page gave as next.", "#query/after"));
        return await ReadAsync(services, start, limit ?? DefaultLimit, http.RequestAborted);
    }

    private static async Task<IResult> ReadAsync(Services services, Cursor start, int limit, CancellationToken cancellationToken)
    {
        var items = new List<JsonObject>();
        Cursor? at = start;
        while (at is { } cursor && items.Count < limit)
        {
            var query = string.Create(CultureInfo.InvariantCulture, $"?limit={limit - items.Count}{(cursor.After.Length > 0 ? "&after=" + cursor.After : "")}");
            var answer = await services.AskAsync(cursor.Service, HttpMethod.Get, "/internal/dead-letters" + query, null, cancellationToken);
            if (answer is not { Status: HttpStatusCode.OK, Body: { } body })
                return Problems.Unavailable($"Service '{cursor.Service}' does not tell its dead letters.");
            foreach (var item in body.GetProperty("items").EnumerateArray())
            {
                var letter = JsonObject.Create(item)!;
                letter["service"] = cursor.Service;
                items.Add(letter);
            }

            at = body.TryGetProperty("next", out var next) && next.GetString() is { } more ? cursor with { After = more } : FirstAfter(services, cursor.Service);
        }

        return TypedResults.Ok(new Page(items, at?.ToString()));
    }

    private static Cursor? FirstAfter(Services services, string service)
    {
        var next = services.Names.SkipWhile(name => name != service).Skip(1).FirstOrDefault();
        return next is null ? null : new Cursor(next, "");
    }
}

using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.Net.Http.Headers;

namespace Integritet.Policy.Versions;

/// <summary><c>GET /v1/{controller}/policies</c>, <c>/{version}</c> and <c>/in-force?at=</c>: the versions, and by <c>Accept: application/yaml</c> a document as it was handed in.</summary>
public static class ReadPolicies
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    public sealed record Page(IReadOnlyList<VersionAnswer> Items, string? Next);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/v1/{controller}/policies", ListAsync).RequireRoles(Roles.Any).WithName("listPolicies").WithSummary("Lists the policy's versions.");
        routes.MapGet("/v1/{controller}/policies/{version:int:min(1)}", OneAsync).RequireRoles(Roles.Any).WithName("getPolicy").WithSummary("A policy version.");
        routes.MapGet("/v1/{controller}/policies/in-force", InForceAsync).RequireRoles(Roles.Any).WithName("getPolicyInForce").WithSummary("The policy version in force.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, VersionList versions, TimeProvider time)
    {
        var faults = new List<ProblemError>();
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"A whole number up to {MaxLimit}.", faults);
        var after = (int)http.Request.Query.Number("after", 0, int.MaxValue, 0, $"A whole number up to {int.MaxValue}.", faults);
        if (faults.Count > 0)
            return Problems.Malformed("A number cannot be used.", [.. faults]);
        var rows = await versions.ReadAsync(http.Controller(), after, limit + 1, http.RequestAborted);
        var inForce = await versions.InForceAsync(http.Controller(), time.GetUtcNow(), http.RequestAborted);
        var next = rows.Count > limit ? rows[limit - 1].Version.ToString(CultureInfo.InvariantCulture) : null;
        return TypedResults.Ok(new Page([.. rows.Take(limit).Select(row => VersionAnswer.Of(row, inForce?.Version ?? 0))], next));
    }

    private static async Task<IResult> OneAsync(HttpContext http, int version, VersionList versions, EventStreams streams, Changes changes, TimeProvider time)
    {
        if (await versions.ReadAsync(http.Controller(), version - 1, 1, http.RequestAborted) is not [var row] || row.Version != version)
            return Problems.NotFound();
        var inForce = await versions.InForceAsync(http.Controller(), time.GetUtcNow(), http.RequestAborted);
        return await AnswerAsync(http, row, inForce?.Version ?? 0, streams, changes);
    }

    private static async Task<IResult> InForceAsync(HttpContext http, VersionList versions, EventStreams streams, TimeProvider time)
    {
        var at = time.GetUtcNow();
        if (http.Request.Query.TryGetValue("at", out var asked) && !TryInstant(asked.ToString(), out at))
            return Problems.Malformed("An instant is written as in RFC 3339.", new ProblemError("For example 2026-11-02T10:00:00Z.", "#query/at"));
        var row = await versions.InForceAsync(http.Controller(), at, http.RequestAborted);
        return row is null ? Problems.NotFound("No version was in force then.") : await AnswerAsync(http, row, row.Version, streams);
    }

    /// <summary>YAML or JSON as the client asks; JSON when it does not care.</summary>
    private static async Task<IResult> AnswerAsync(HttpContext http, VersionRow row, int inForce, EventStreams streams, Changes? changes = null)
    {
        var loaded = await streams.LoadAsync(PolicyVersion.Aggregate, http.Controller(), row.Version.ToString(CultureInfo.InvariantCulture), cancellationToken: http.RequestAborted);
        http.SetETag(loaded.Version);
        if (WantsDocument(http.Request))
            return TypedResults.Text(loaded.State.Document, "application/yaml; charset=utf-8");
        return TypedResults.Ok(VersionAnswer.Of(row, inForce) with { AskAgain = changes is null ? null : await changes.AskAgainAsync(http.Controller(), loaded.State, http.RequestAborted) });
    }

    private static bool WantsDocument(HttpRequest request) =>
        MediaTypeHeaderValue.TryParseList(request.Headers.Accept, out var accepted)
        && accepted.OrderByDescending(type => type.Quality ?? 1).Select(type => type.MediaType.Value).FirstOrDefault() is "application/yaml" or "application/x-yaml" or "text/yaml";

    private static bool TryInstant(string text, out DateTimeOffset instant) =>
        DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out instant)
        && text.Contains('T', StringComparison.Ordinal) && (text.EndsWith('Z') || text.LastIndexOfAny(['+', '-']) > text.IndexOf('T', StringComparison.Ordinal));
}

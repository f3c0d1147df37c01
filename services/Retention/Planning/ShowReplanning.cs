using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Planning;

/// <summary>How far everything held has been planned anew by the newest policy version.</summary>
public static class ShowReplanning
{
    /// <summary>Progress.</summary>
    /// <param name="Planned">Holdings planned by it so far.</param>
    /// <param name="Changed">Plans that changed.</param>
    /// <param name="Held">Holdings in all when it began; some may have come or gone since.</param>
    public sealed record Answer(int PolicyVersion, string Status, long Planned, long Changed, long Held, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, string? Hash);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/retention/replanning", HandleAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("showReplanning").WithSummary("Tells how far everything held has been planned anew.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, PlanningSweep sweep)
    {
        if (await Outage.TranslateAsync(sweep.NewestAsync(controller, http.RequestAborted)) is not { } progress)
            return Problems.NotFound("Nothing of this controller has been planned yet.");
        return Results.Json(
            new Answer(
                progress.PolicyVersion, progress.FinishedAt is null ? "under-way" : "finished", progress.Seen, progress.Changed, progress.Held, progress.StartedAt, progress.FinishedAt,
                progress.Hash.Length == 0 ? null : Convert.ToHexStringLower(progress.Hash)),
            JsonText.Options);
    }
}

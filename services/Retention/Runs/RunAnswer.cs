using Integritet.Platform.Hosting;

namespace Integritet.Retention.Runs;

/// <summary>A run as callers see it.</summary>
/// <param name="RunId">Its id.</param>
/// <param name="DryRun">Whether it instructs nothing.</param>
/// <param name="Status"><c>planned</c> (a dry run), <c>under-way</c>, <c>completed</c>.</param>
/// <param name="AsOf">For when.</param>
/// <param name="PlanHash">See <see cref="Runs.PlanHash"/>.</param>
/// <param name="Due">Items it instructs.</param>
/// <param name="OnHold">Items that stay because of a legal hold.</param>
/// <param name="NotDue">What else is held.</param>
/// <param name="Instructed">How many instructions have been issued; fewer than <paramref name="Due"/> at the end where items were held or changed meanwhile.</param>
/// <param name="Schedule">The schedule it ran by.</param>
public sealed record RunAnswer(Guid RunId, bool DryRun, string Status, DateTimeOffset AsOf, string PlanHash, long Due, long OnHold, long NotDue, long Instructed, string? Schedule)
{
    internal static Problem NoSuchRun() => Problems.NotFound("There is no such run.");

    internal static IResult Of(HttpContext http, Answered<Run> answered)
    {
        http.SetETag(answered.Version);
        if (answered.Status == StatusCodes.Status201Created)
            http.Response.Headers.Location = $"/v1/{http.Controller()}/retention/runs/{answered.ResourceId}";
        return Results.Json(Of(answered.State), JsonText.Options, statusCode: answered.Status);
    }

    internal static IResult Of(HttpContext http, RunRegister.Standing run)
    {
        http.SetETag(run.Version);
        return Results.Json(Of(run.RunId, run.DryRun, run.Status, run.Plan, run.Instructed, run.Schedule), JsonText.Options);
    }

    private static RunAnswer Of(Run state) => state switch
    {
        Run.Dry dry => Of(dry.Planned.RunId, dryRun: true, "planned", dry.Planned.Plan, 0, schedule: null),
        Run.UnderWay run => Of(run.Started.RunId, dryRun: false, "under-way", run.Started.Plan, run.Instructed, run.Started.Schedule),
        Run.Done run => Of(run.Started.RunId, dryRun: false, "completed", run.Started.Plan, run.Completed.Instructed, run.Started.Schedule),
        _ => throw new InvalidOperationException($"{state.GetType().Name} is not answered."),
    };

    private static RunAnswer Of(Guid runId, bool dryRun, string status, PlanSummary plan, long instructed, string? schedule) =>
        new(runId, dryRun, status, plan.AsOf, plan.PlanHash, plan.Due, plan.OnHold, plan.NotDue, instructed, schedule);
}

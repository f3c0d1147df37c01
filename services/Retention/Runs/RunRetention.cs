using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Retention.Instructions;
using Integritet.Retention.Planning;

namespace Integritet.Retention.Runs;

/// <summary>
/// <c>POST /v1/{controller}/retention/runs</c>: a dry run tells what is due as of an instant and instructs nothing; a real one cites a dry run's plan hash, plans again for the same instant, and is refused
/// if that gives another plan. Its instructions are then issued in the background.
/// </summary>
public static class RunRetention
{
    /// <param name="DryRun">Whether nothing is to be instructed.</param>
    /// <param name="AsOf">Of a dry run: for when; absent: now.</param>
    /// <param name="PlanHash">Of a real one: the plan approved.</param>
    public sealed record Body(bool DryRun, DateTimeOffset? AsOf = null, string? PlanHash = null);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/retention/runs", HandleAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("runRetention").WithSummary("Plans a retention run, or runs a plan.");

    /// <summary>What is wrong with the request, before anything is looked at.</summary>
    public static Problem? Check(Body body, Caller caller)
    {
        var faults = new List<ProblemError>();
        if (body.DryRun && body.PlanHash is not null)
            faults.Add(new ProblemError("A dry run makes a plan; it cites none.", "/planHash"));
        if (!body.DryRun && body.AsOf is not null)
            faults.Add(new ProblemError("A real run is as of the instant of its dry run.", "/asOf"));
        if (!body.DryRun && (body.PlanHash is null || !PlanHash.IsWellFormed(body.PlanHash)))
            faults.Add(new ProblemError("A real run cites the plan hash of a dry run: 64 lower-case hexadecimal digits.", "/planHash"));
        if (faults.Count > 0)
            return Problems.Unprocessable("The run cannot be made.", [.. faults]);
        return body.DryRun || caller.Has(Roles.Officer) ? null : Problems.Forbidden("Only an officer runs a plan.");
    }

    /// <summary>A dry run is its plan.</summary>
    public static Decided DecideDry(Run state, Guid runId, PlanSummary plan) =>
        Decided.Accept(StatusCodes.Status201Created, state is Run.Unplanned ? [new RunEvent.Planned(runId, plan)] : []);

    /// <summary>A real run starts if the plan is still the one approved.</summary>
    /// <param name="state">The run.</param>
    /// <param name="runId">Its id.</param>
    /// <param name="approved">The plan hash cited.</param>
    /// <param name="dryRun">The dry run it is of.</param>
    /// <param name="plan">The plan of now.</param>
    /// <param name="now">Now.</param>
    public static Decided DecideReal(Run state, Guid runId, string approved, RunRegister.DryRun dryRun, PlanSummary plan, DateTimeOffset now)
    {
        if (state is not Run.Unplanned)
            return Decided.Accept(StatusCodes.Status201Created);
        if (dryRun.AsOf > now)
            return Decided.Refuse(Problems.Conflict("That plan is for a time that has not come.", new ProblemError("Make a dry run as of now.", "/planHash")));
        return string.Equals(plan.PlanHash, approved, StringComparison.Ordinal)
            ? Decided.Accept(StatusCodes.Status201Created, new RunEvent.Started(runId, plan, Schedule: null, dryRun.RunId))
            : Decided.Refuse(Stale());
    }

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, PolicyVersions policies, CurrentPlans plans, Commands commands, RunPlanner planner, RealRun real, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (Check(body, http.Caller()) is { } problem)
            return problem;
        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();
        if (await plans.WaitAsync(controller, http.RequestAborted) is { } late)
            return late;
        var runId = Guid.CreateVersion7();
        if (!body.DryRun)
            return await real.StartAsync(http, runId, body.PlanHash!);
        var plan = await planner.PlanAsync(controller, runId, WholeMicroseconds(body.AsOf ?? time.GetUtcNow()), scheduled: false, http.RequestAborted);
        return await commands.RunAsync(http.Command(), Run.Aggregate, runId.ToString(), state => DecideDry(state, runId, plan), answered => RunAnswer.Of(http, answered), isNew: true);
    }

    /// <summary>As the store keeps instants: a real run is as of exactly the instant of its dry run.</summary>
    internal static DateTimeOffset WholeMicroseconds(DateTimeOffset instant) => instant.AddTicks(-(instant.Ticks % TimeSpan.TicksPerMicrosecond)).ToUniversalTime();

    internal static Problem Stale() => Problems.Conflict("The facts have changed since that plan was made.", new ProblemError("Make another dry run and look at what it says.", "/planHash", "stale-plan"));
}

/// <summary>Starts real runs: one at a time for each controller, with no legal hold placed meanwhile.</summary>
public sealed class RealRun(Turns turns, RunRegister runs, RunPlanner planner, Commands commands, TimeProvider time)
{
    public async Task<IResult> StartAsync(HttpContext http, Guid runId, string planHash)
    {
        var (controller, cancel) = (http.Controller(), http.RequestAborted);
        await using var turn = await turns.TakeAsync(controller, cancel);
        var dryRun = await runs.FindDryRunAsync(controller, planHash, cancel);
        var busy = await runs.UnderWayAsync(controller, cancel) is { Count: > 0 };
        // A repeat of the request that started it must be answered, so even then it is the command that refuses.
        var plan = dryRun is null || busy ? null : await planner.PlanAsync(controller, runId, dryRun.AsOf, scheduled: false, cancel);
        return await commands.RunAsync(
            http.Command(), Run.Aggregate, runId.ToString(),
            state => busy ? Decided.Refuse(Problems.Conflict("Another run of this controller is under way."))
                : plan is null ? Decided.Refuse(RunRetention.Stale())
                : RunRetention.DecideReal(state, runId, planHash, dryRun!, plan, time.GetUtcNow()),
            answered => RunAnswer.Of(http, answered), isNew: true);
    }
}

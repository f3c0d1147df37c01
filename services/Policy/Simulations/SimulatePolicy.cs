using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Policy.Versions;

namespace Integritet.Policy.Simulations;

/// <summary>
/// <c>POST /v1/{controller}/policies/{version}/simulations</c>: what a version, draft or not, would have decided on the questions of a past range of time. Every service that decides tries
/// it on its own recorded decisions; here the results are added up. Nothing is stored, and nothing is decided by it.
/// </summary>
public static class SimulatePolicy
{
    /// <param name="From">Decisions from this instant on.</param>
    /// <param name="To">Up to this instant, and not at it.</param>
    public sealed record Body(DateTimeOffset From, DateTimeOffset To);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/{controller}/policies/{version:int:min(1)}/simulations", HandleAsync).RequireRoles(Roles.Officer, Roles.Auditor)
            .WithName("simulatePolicy").WithSummary("Tries a policy version on past decisions.");

    private static async Task<IResult> HandleAsync(HttpContext http, int version, EventStreams streams, Deciders deciders)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (body.From >= body.To)
            return Problems.Unprocessable("A range ends after it begins.", new ProblemError("Later than 'from'.", "/to"));
        var loaded = await streams.LoadAsync(PolicyVersion.Aggregate, http.Controller(), version.ToString(CultureInfo.InvariantCulture), cancellationToken: http.RequestAborted);
        if (!loaded.State.Exists)
            return Problems.NotFound();
        var results = await deciders.SimulateAsync(http.Controller(), loaded.State, body.From, body.To, http.RequestAborted);
        return results.FirstOrDefault(result => result.Problem is not null) is { Problem: { } problem } ? problem : TypedResults.Ok(AddUp(results));
    }

    /// <summary>One answer of what every service found.</summary>
    public static SimulationAnswer AddUp(IReadOnlyList<DeciderResult> results)
    {
        var flips = results.SelectMany(result => result.Found.Flips.Select(flip => flip with { Decider = result.Decider })).Take(SimulationAnswer.MaxFlips).ToArray();
        var flipped = results.Sum(result => result.Found.Flipped);
        return new SimulationAnswer(
            results.Sum(result => result.Found.Decided), results.Sum(result => result.Found.Unchanged), results.Sum(result => result.Found.NotReplayable), flipped,
            flips, flipped > flips.Length,
            [.. results.SelectMany(result => result.Found.NotReplayableBecause.Select(reason => reason with { Decider = result.Decider })).OrderByDescending(reason => reason.Count)],
            Complete: results.All(result => result.Found.Reached is null),
            [.. results.Select(result => new SimulatedBy(result.Decider, result.Found.Decided, result.Found.Reached))]);
    }
}

using System.Globalization;
using System.Text;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;
using NodaTime;

namespace Integritet.Policy.Versions;

/// <summary>
/// <c>POST /v1/{controller}/policies/{version}/publication</c>: publishes a draft that passes every check. It decides nothing before its publication plus the notice period (PA-8, DV-11);
/// the controller's first version is in force at once.
/// </summary>
public static class PublishPolicy
{
    /// <param name="EffectiveFrom">From when; absent: the earliest allowed.</param>
    public sealed record Body(DateTimeOffset? EffectiveFrom = null);

    private static readonly Duration LatestStart = Duration.FromDays(366 * 5);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/{controller}/policies/{version:int:min(1)}/publication", HandleAsync).RequireRoles(Roles.Officer).WithName("publishPolicy").WithSummary("Publishes a draft.");

    private static async Task<IResult> HandleAsync(HttpContext http, int version, Commands commands, VersionList versions, TimeProvider time)
    {
        var body = (await http.ReadRawBodyAsync()).IsEmpty ? new Body() : await http.ReadBodyAsync<Body>();
        var newest = await versions.NewestPublishedAsync(http.Controller(), http.RequestAborted);
        return await commands.RunAsync(
            http.Command(), PolicyVersion.Aggregate, version.ToString(CultureInfo.InvariantCulture),
            state => Decide(state, newest?.Version, body.EffectiveFrom, time.GetUtcNow()),
            VersionAnswer.Of);
    }

    /// <param name="state">The version.</param>
    /// <param name="newestPublished">The controller's newest published version; null: this one is the first.</param>
    /// <param name="effectiveFrom">From when it is to decide; null: as early as may be.</param>
    /// <param name="now">Now.</param>
    public static Decided Decide(PolicyVersion state, int? newestPublished, DateTimeOffset? effectiveFrom, DateTimeOffset now)
    {
        if (!state.Exists)
            return Decided.Refuse(Problems.NotFound());
        if (state.IsPublished)
            return effectiveFrom is null || effectiveFrom == state.EffectiveFrom
                ? Decided.Accept(StatusCodes.Status200OK)
                : Decided.Refuse(Problems.Conflict("This version is published already, with another time of effect."));
        if (newestPublished > state.Version)
            return Decided.Refuse(Problems.Conflict(string.Create(CultureInfo.InvariantCulture, $"Version {newestPublished} is published already: hand this one in again as a new version.")));

        var policy = ((PolicyParseResult.Parsed)PolicyParser.Parse(Encoding.UTF8.GetBytes(state.Document))).Document;
        var problems = PolicyCheck.Run(CompiledPolicy.Compile(policy));
        if (problems.Length > 0)
            return Decided.Refuse(HandedInDocument.NotAPolicy(problems));

        var earliest = newestPublished is null ? now : Earliest(policy, now);
        if (effectiveFrom < earliest)
            return Decided.Refuse(TooEarly(policy, earliest));
        if (effectiveFrom > now + LatestStart.ToTimeSpan())
            return Decided.Refuse(Problems.Unprocessable("A version takes effect within five years.", new ProblemError("Too far away.", "/effectiveFrom")));
        return Decided.Accept(StatusCodes.Status200OK, new PolicyVersionPublished(state.Version, state.Hash, state.Document, now, effectiveFrom ?? earliest));
    }

    /// <summary>Now plus the notice period, reckoned in the controller's calendar.</summary>
    private static DateTimeOffset Earliest(PolicyDocument policy, DateTimeOffset now)
    {
        var zone = DateTimeZoneProviders.Tzdb[policy.Controller.Zone];
        var local = Instant.FromDateTimeOffset(now).InZone(zone).LocalDateTime;
        return policy.Publication.NoticePeriod == Period.Zero ? now : (local + policy.Publication.NoticePeriod).InZoneLeniently(zone).ToInstant().ToDateTimeOffset();
    }

    private static Problem TooEarly(PolicyDocument policy, DateTimeOffset earliest) => Problems.Unprocessable(
        "A version takes effect no earlier than its publication plus the notice period.",
        new ProblemError(string.Create(CultureInfo.InvariantCulture, $"Not before {earliest.UtcDateTime:yyyy-MM-dd'T'HH:mm:ss'Z'}."), "/effectiveFrom", ReasonCode.NotPublished.Written(), policy.Publication.Clauses.FirstOrDefault()));
}

using System.Text.Json.Serialization;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Plans;
using Npgsql;

namespace Integritet.Retention.Holdings;

/// <summary>Answers a registration, the first and every repeated one, from the holding as it stands.</summary>
internal sealed class HoldingAnswer(int status, string controller, Guid holdingId) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var rows = await HoldingRow.ReadAsync(services.GetRequiredService<NpgsqlDataSource>(), HoldingRow.ByIds(controller, [holdingId]), httpContext.RequestAborted);
        var row = rows.Count == 1 ? rows[0] : throw new InvalidOperationException("A registered holding has no row.");
        var facts = await services.GetRequiredService<FactReader>().ReadAsync(controller, [row.Data], httpContext.RequestAborted);
        var policy = services.GetRequiredService<PolicyVersions>().InForce(controller, services.GetRequiredService<TimeProvider>().GetUtcNow())
            ?? throw new InvalidOperationException("A holding's controller has no policy.");
        var plan = Plan.Of(row.Data, facts.Of(row.Data), policy);
        httpContext.Response.Headers.Location = $"/v1/{controller}/holdings/{holdingId}";
        await Results.Json(new Body(holdingId, row.Status, plan.DueAt, plan.Rule, plan.WaitingFor, plan.Act, policy.Version) { ReviewAt = plan.ReviewAt }, JsonText.Options, statusCode: status)
            .ExecuteAsync(httpContext);
    }

    /// <summary>The answer of api.md.</summary>
    public sealed record Body(Guid HoldingId, string Status, DateTimeOffset? DueAt, string Rule, IReadOnlyList<string> WaitingFor, RetentionAct Action, int PolicyVersion)
    {
        [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
        public DateTimeOffset? ReviewAt { get; init; }
    }
}

using System.Text.Json;
using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integritet.Platform.Hosting;

/// <summary>
/// <c>/health/live</c>: the process alone. <c>/health/ready</c>: every registered check; one that is <see cref="HealthStatus.Degraded"/> (the broker) is named and leaves the answer 200, one that is
/// <see cref="HealthStatus.Unhealthy"/> makes it 503. A service that is about to stop is not ready.
/// </summary>
internal static class Health
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(3);

    public static void Add(IServiceCollection services) => services.AddHealthChecks()
        .AddCheck<StoreHealth>("store", timeout: Timeout)
        .AddCheck<AcceptingHealth>("accepting");

    public static void Map(WebApplication app)
    {
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false, ResponseWriter = WriteAsync }).AllowAnonymous();
        app.MapHealthChecks("/health/ready", new HealthCheckOptions { ResponseWriter = WriteAsync }).AllowAnonymous();
    }

    private static Task WriteAsync(HttpContext http, HealthReport report)
    {
        var parts = report.Entries.OrderBy(e => e.Key, StringComparer.Ordinal).ToDictionary(e => e.Key, e => Word(e.Value.Status), StringComparer.Ordinal);
        string[] degraded = [.. parts.Where(p => p.Value != "ready").Select(p => p.Key)];
        http.Response.ContentType = "application/json";
        return JsonSerializer.SerializeAsync(http.Response.Body, new HealthAnswer(Word(report.Status), parts, degraded), HealthJson.Default.HealthAnswer, http.RequestAborted);
    }

    private static string Word(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ready",
        HealthStatus.Degraded => "degraded",
        _ => "unavailable",
    };
}

/// <summary>What the health routes answer.</summary>
internal sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string> Parts, IReadOnlyList<string> Degraded);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;

/// <summary>The event store answers.</summary>
internal sealed class StoreHealth(IEventStore store) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await store.HeadAsync(cancellationToken);
            return HealthCheckResult.Healthy();
        }
        catch (EventStoreUnavailableException e)
        {
            return HealthCheckResult.Unhealthy(e.Message);
        }
    }
}

/// <summary>Not ready from the moment the service is told to stop.</summary>
internal sealed class AcceptingHealth(Drain drain) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(drain.HasBegun ? HealthCheckResult.Unhealthy("The service is stopping.") : HealthCheckResult.Healthy());
}

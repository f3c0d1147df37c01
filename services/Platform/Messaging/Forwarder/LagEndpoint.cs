using Integritet.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Integritet.Platform.Messaging;

/// <summary>How far a service's publishing is behind its log.</summary>
internal sealed record ServiceLag(string Service, IReadOnlyList<TargetLag> Targets);

/// <param name="Target"><c>feed</c> or <c>contracts</c>.</param>
/// <param name="Events">Events recorded and not yet published.</param>
/// <param name="Seconds">Age of the oldest of them.</param>
/// <param name="MeasuredAt">When; null before the first measurement.</param>
internal sealed record TargetLag(string Target, long Events, double Seconds, DateTimeOffset? MeasuredAt);

/// <summary><c>GET /internal/lag</c>.</summary>
internal static class LagEndpoint
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/internal/lag", ([FromServices] IEnumerable<ForwarderState> forwarders, [FromServices] MessagingBuilder messaging) => Results.Json(
            new ServiceLag(messaging.Service, [.. forwarders.Select(f => new TargetLag(f.Name, f.Now.Events, f.Now.Time.TotalSeconds, f.Now.LagAt))]), MessagingJson.Default.ServiceLag)).RequireService();
}

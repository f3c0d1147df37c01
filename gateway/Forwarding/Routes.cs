using Integritet.Gateway.Access;
using Yarp.ReverseProxy.Configuration;

namespace Integritet.Gateway.Forwarding;

/// <summary>Completes and checks the configured routes and clusters as they are loaded: a route must say who may call it, a cluster gets its service's address from <c>Services__name</c>.</summary>
public sealed class Routes(IConfiguration configuration) : IProxyConfigFilter
{
    public ValueTask<RouteConfig> ConfigureRouteAsync(RouteConfig route, ClusterConfig? cluster, CancellationToken cancel)
    {
        _ = RouteAccess.Of(route);
        return new(route);
    }

    public ValueTask<ClusterConfig> ConfigureClusterAsync(ClusterConfig cluster, CancellationToken cancel)
    {
        if (cluster.Destinations is { Count: > 0 })
            return new(cluster);
        if (!Uri.TryCreate(configuration[$"Services:{cluster.ClusterId}"], UriKind.Absolute, out var address))
            throw new InvalidOperationException($"Services__{cluster.ClusterId} is not set: give the base address of service '{cluster.ClusterId}', such as http://{cluster.ClusterId}:8080.");
        return new(cluster with { Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["service"] = new() { Address = address.ToString() } } });
    }
}

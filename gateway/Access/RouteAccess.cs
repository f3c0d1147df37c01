using Yarp.ReverseProxy.Configuration;

namespace Integritet.Gateway.Access;

/// <summary>Who may call a route. Every API route carries one; a route without it keeps the gateway from starting.</summary>
/// <param name="Operation">Name of the operation, as it stands in the access record.</param>
/// <param name="Template">The path's pattern. Records hold it instead of the path, into which a client may have put anything.</param>
/// <param name="Roles">One of them is needed; none on a public route.</param>
public sealed record RouteAccess(string Operation, string Template, Role Roles)
{
    /// <summary>Answers anybody and concerns nobody's data: no credential, no access record.</summary>
    public bool Public => Roles == Role.None;

    /// <summary>Takes a body of any length.</summary>
    public bool Streaming { get; init; }

    /// <summary>Also serves the installation itself, as controller <c>installation</c>.</summary>
    public bool Installation { get; init; }

    /// <summary>Reads <c>Roles</c> ("officer,auditor"), <c>Public</c>, <c>Streaming</c> and <c>Installation</c> ("true") from a configured route. Throws when they don't say who may call it.</summary>
    public static RouteAccess Of(RouteConfig route)
    {
        var isPublic = Flag(route, "Public");
        var named = route.Metadata?.GetValueOrDefault("Roles");
        if (isPublic == named is not null)
            throw new InvalidOperationException($"Route '{route.RouteId}' must have metadata 'Roles' or be marked 'Public', and not both.");
        return new(route.RouteId, route.Match.Path ?? "", isPublic ? Role.None : ParseRoles(route.RouteId, named!))
        {
            Streaming = Flag(route, "Streaming"),
            Installation = Flag(route, "Installation"),
        };
    }

    /// <summary>Throws when an endpoint of the API does not say who may call it.</summary>
    public static void RequireOnAll(IEndpointRouteBuilder app)
    {
        foreach (var endpoint in app.DataSources.SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
            if (endpoint.RoutePattern.RawText is { } pattern && pattern.TrimStart('/').StartsWith("v1", StringComparison.OrdinalIgnoreCase) && endpoint.Metadata.GetMetadata<RouteAccess>() is null)
                throw new InvalidOperationException($"Endpoint '{pattern}' does not say who may call it.");
    }

    private static Role ParseRoles(string route, string named) =>
        RoleNames.Parse(named.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)) is { } roles and not Role.None
            ? roles
            : throw new InvalidOperationException($"Route '{route}': '{named}' is not a list of roles.");

    private static bool Flag(RouteConfig route, string name) => route.Metadata?.GetValueOrDefault(name) switch
    {
        null or "false" => false,
        "true" => true,
        var other => throw new InvalidOperationException($"Route '{route.RouteId}': metadata '{name}' is '{other}', not 'true' or 'false'."),
    };
}

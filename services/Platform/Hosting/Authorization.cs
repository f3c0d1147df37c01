using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Authorization.Policy;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Integritet.Platform.Hosting;

/// <summary>Who may call an endpoint. One that says nothing is refused to everybody.</summary>
public static class AuthorizationExtensions
{
    /// <summary>Name of the policy for calls between services: <c>/internal/*</c>.</summary>
    public const string ServicePolicy = "service";

    /// <summary>Callers with one of these roles, for a controller of theirs where the route has one.</summary>
    public static TBuilder RequireRoles<TBuilder>(this TBuilder endpoint, params IEnumerable<string> roles)
        where TBuilder : IEndpointConventionBuilder =>
        endpoint.RequireAuthorization(policy => policy.RequireAuthenticatedUser().AddRequirements(new RoleRequirement([.. roles]), new OwnControllerRequirement()));

    /// <summary>Other services of this installation only.</summary>
    public static TBuilder RequireService<TBuilder>(this TBuilder endpoint)
        where TBuilder : IEndpointConventionBuilder => endpoint.RequireAuthorization(ServicePolicy);
}

/// <summary>One of these roles.</summary>
internal sealed class RoleRequirement(IReadOnlyList<string> roles) : AuthorizationHandler<RoleRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, RoleRequirement requirement)
    {
        if (context.Resource is HttpContext http && roles.Any(http.Caller().Has))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

/// <summary>The controller in the route is one of the caller's. Whether it exists is not told.</summary>
internal sealed class OwnControllerRequirement : AuthorizationHandler<OwnControllerRequirement>, IAuthorizationRequirement
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, OwnControllerRequirement requirement)
    {
        if (context.Resource is HttpContext http && (http.Request.RouteValues["controller"] is not string controller || http.Caller().MayActFor(controller)))
            context.Succeed(requirement);
        return Task.CompletedTask;
    }
}

/// <summary>Refusals are problem documents.</summary>
internal sealed class ProblemAuthorizationResults : IAuthorizationMiddlewareResultHandler
{
    public async Task HandleAsync(RequestDelegate next, HttpContext context, AuthorizationPolicy policy, PolicyAuthorizationResult authorizeResult)
    {
        if (authorizeResult.Succeeded)
            await next(context);
        else if (authorizeResult.Challenged)
            await Problems.Unauthorized().ExecuteAsync(context);
        else
            await Problems.Forbidden(ReasonOf(authorizeResult)).ExecuteAsync(context);
    }

    private static string ReasonOf(PolicyAuthorizationResult result) =>
        result.AuthorizationFailure?.FailedRequirements.Any(r => r is OwnControllerRequirement) == true
            ? "The credential is not valid for this controller."
            : "The credential does not have a role that may do this.";
}

using System.Security.Claims;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.Hosting;

/// <summary>Knows the caller by the internal token in <c>Authorization: Bearer</c>.</summary>
internal sealed class InternalAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory logger, UrlEncoder encoder, InternalTokens tokens)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, logger, encoder)
{
    public const string SchemeName = "internal";

    private const string Prefix = "Bearer ";

    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization;
        if (header.Count != 1 || header[0] is not { } value || !value.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return Task.FromResult(AuthenticateResult.NoResult());
        if (tokens.Validate(value[Prefix.Length..]) is not { } caller)
            return Task.FromResult(AuthenticateResult.Fail("The token is not valid."));
        Context.Features.Set(caller);
        var identity = new ClaimsIdentity([new Claim(ClaimTypes.NameIdentifier, caller.Principal)], SchemeName);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), SchemeName)));
    }
}

/// <summary>Authorization of <see cref="Caller"/>s, on the policy <c>service</c>.</summary>
internal static class CallerPolicies
{
    public static void Add(AuthorizationOptions options)
    {
        options.AddPolicy(AuthorizationExtensions.ServicePolicy, policy => policy.RequireAuthenticatedUser().AddRequirements(new RoleRequirement([Roles.Service])));
        // An endpoint that names nobody is for nobody; where there is no endpoint, routing says 404 or 405.
        options.FallbackPolicy = new AuthorizationPolicyBuilder().RequireAssertion(context => context.Resource is HttpContext http && http.GetEndpoint() is not RouteEndpoint).Build();
    }
}

using Integritet.Platform.Hosting;
using Microsoft.Extensions.Options;

namespace Integritet.Gateway.Access;

/// <summary>Decides whether a call may go on to its endpoint: who calls, how often, with which role, for which controller.</summary>
public sealed class Admission(AccessFollower access, Authentication authentication, CallLimits limits, IOptions<GatewayOptions> options)
{
    private static readonly Problem NoCredential = Problems.Unauthorized();
    private static readonly Problem TooOften = Problems.TooManyRequests(1, "This is more often than is served.");
    private static readonly Problem TooManyAtOnce = Problems.TooManyRequests(1, "This credential has too many calls under way.");
    private static readonly Problem WrongRole = Problems.Forbidden("The credential does not have a role that may do this.");
    private static readonly Problem OtherController = Problems.Forbidden("The credential is not valid for this controller.");
    private static readonly Problem NoController = Problems.NotFound("There is no such controller.");

    private readonly GatewayOptions _options = options.Value;
    private readonly Problem _tooLarge = Problems.TooLarge($"A body of at most {options.Value.MaxBodyBytes} bytes is taken here.");

    /// <summary>The reason why a call is not let in, or null. Whoever is let in with a credential must be let out (<see cref="Credential.Leave"/>).</summary>
    public async ValueTask<Problem?> AdmitAsync(HttpContext http, ApiCall call)
    {
        var directory = await access.FreshAsync();
        return call.Access is { Public: true } ? AdmitPublic(http, call, directory) : AdmitPersonal(http, call, directory);
    }

    private Problem? AdmitPublic(HttpContext http, ApiCall call, AccessDirectory directory)
    {
        if (!limits.AdmitsPublic(http))
            return TooOften;
        if (http.Request.RouteValues["controller"] is not string controller)
            return null;
        if (!Exists(controller, call.Access!, directory))
            return NoController;
        call.Controller = controller;
        return null;
    }

    private Problem? AdmitPersonal(HttpContext http, ApiCall call, AccessDirectory directory)
    {
        if (authentication.Authenticate(http.Request, directory) is not { } credential)
        {
            call.IsPersonal = limits.AdmitsRefused(http);
            return call.IsPersonal ? NoCredential : TooOften;
        }

        if (!limits.Admits(credential))
            return TooOften;
        if (!credential.TryEnter(_options.CallsUnderWay))
        {
            limits.TurnAway(credential.Id);
            return TooManyAtOnce;
        }

        call.Credential = credential;
        call.IsPersonal = true;
        http.Features.Set(credential.Caller);
        return call.Access is { } route ? Authorize(http, call, route, credential, directory) : null;
    }

    private Problem? Authorize(HttpContext http, ApiCall call, RouteAccess route, Credential credential, AccessDirectory directory)
    {
        if (http.Request.RouteValues["controller"] is string controller)
        {
            // Another's controller and one that does not exist get the same answer.
            if (!Exists(controller, route, directory) || !credential.Reaches(controller))
                return OtherController;
            call.Controller = controller;
        }

        if ((credential.Roles & route.Roles) == Role.None)
            return WrongRole;
        return !route.Streaming && http.Request.ContentLength > _options.MaxBodyBytes ? _tooLarge : null;
    }

    private static bool Exists(string controller, RouteAccess route, AccessDirectory directory) =>
        directory.Controllers.Contains(controller) || (route.Installation && controller == ApiCall.Installation);
}

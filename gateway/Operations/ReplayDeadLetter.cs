using System.Net;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Operations;

/// <summary>Sends a message that was given up to its queue again.</summary>
public static class ReplayDeadLetter
{
    public static async Task<IResult> HandleAsync(HttpContext http, Guid id, Services services)
    {
        var away = false;
        foreach (var service in services.Names)
        {
            var answer = await services.AskAsync(service, HttpMethod.Post, $"/internal/dead-letters/{id}/replay", null, http.RequestAborted);
            if (answer is { Status: HttpStatusCode.OK, Body: { } body })
                return TypedResults.Ok(body);
            away |= answer.Status is not HttpStatusCode.NotFound;
        }

        return away ? Problems.Unavailable("A service that may have this dead letter does not answer.") : Problems.NotFound("There is no such dead letter.");
    }
}

using System.Net;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Operations;

/// <summary>Fills one of a service's read models from its log anew, while the service runs. 202 while that takes longer than a call may.</summary>
public static class RebuildProjection
{
    public static async Task<IResult> HandleAsync(HttpContext http, string service, string name, Services services)
    {
        if (!services.Names.Contains(service))
            return Problems.NotFound("There is no such service.");
        var answer = await services.AskAsync(service, HttpMethod.Post, $"/internal/projections/{Uri.EscapeDataString(name)}/rebuild", null, http.RequestAborted);
        return answer switch
        {
            { Status: HttpStatusCode.OK, Body: { } body } => TypedResults.Ok(body),
            { Status: HttpStatusCode.Accepted, Body: { } body } => TypedResults.Accepted((string?)null, body),
            { Status: HttpStatusCode.NotFound } => Problems.NotFound("The service has no such projection."),
            _ => Problems.Unavailable("The service does not answer."),
        };
    }
}

using Integritet.Platform.Hosting;

namespace Integritet.Consent.Consents;

/// <summary>
/// Answers a command on a consent record from the record as it was stored: the instants a caller is told are the commit stamps, which are known only after the commit.
/// </summary>
internal sealed class ConsentAnswer(int status, string controller, string consentId, Func<ConsentView, object> body) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var events = await services.GetRequiredService<ConsentHistory>().ReadAsync(controller, Guid.Parse(consentId), long.MaxValue, httpContext.RequestAborted);
        var view = ConsentView.Of(events, services.GetRequiredService<TimeProvider>().GetUtcNow());
        httpContext.SetETag(events[^1].Version);
        if (status == StatusCodes.Status201Created)
            httpContext.Response.Headers.Location = $"/v1/{controller}/consents/{view.ConsentId}";
        await Results.Json(body(view), JsonText.Options, statusCode: status).ExecuteAsync(httpContext);
    }
}

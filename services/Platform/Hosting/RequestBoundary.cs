using System.Diagnostics;
using Integritet.Platform.EventStore;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Integritet.Platform.Hosting;

/// <summary>The outermost step of every request: security headers, and whatever is thrown inside becomes a problem document.</summary>
internal sealed class RequestBoundary(RequestDelegate next, ILogger<RequestBoundary> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        AddSecurityHeaders(http.Response.Headers);
        var started = Stopwatch.GetTimestamp();
        await AnswerAsync(http);
        if (logger.IsEnabled(LogLevel.Debug))
        {
            Log.Answered(
                logger, http.Request.Method, RouteOf(http), http.Response.StatusCode, Stopwatch.GetElapsedTime(started).TotalMilliseconds, http.Caller().Principal, http.CorrelationId());
        }
    }

    private async Task AnswerAsync(HttpContext http)
    {
        try
        {
            await next(http);
            if (!http.Response.HasStarted && ProblemOf(http.Response.StatusCode) is { } bare && http.Response.ContentType is null && http.Response.ContentLength is null)
                await bare.ExecuteAsync(http);
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            // The client has gone; there is nobody to answer.
            http.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var problem = ProblemOf(http, e);
            http.Response.Headers.ETag = default;
            await problem.ExecuteAsync(http);
        }
    }

    private Problem ProblemOf(HttpContext http, Exception exception)
    {
        switch (exception)
        {
            case ProblemException known:
                return known.Problem;
            case BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge }:
                return Problems.TooLarge();
            case BadHttpRequestException bad:
                return Problems.Malformed(bad.StatusCode == StatusCodes.Status408RequestTimeout ? "The request came too slowly." : "The request cannot be read.");
            case EventStoreUnavailableException away:
                Log.StoreAway(logger, http.Request.Method, RouteOf(http), away.Message);
                return Problems.Unavailable("The store is away for the moment; nothing was stored.");
            default:
                Log.RequestFailed(logger, http.Request.Method, RouteOf(http), http.TraceId(), exception);
                return Problems.Unexpected();
        }
    }

    // Statuses that the framework sets without a body.
    private static Problem? ProblemOf(int status) => status switch
    {
        400 => Problems.Malformed(null),
        404 => Problems.NotFound(),
        405 => Problems.MethodNotAllowed(),
        413 => Problems.TooLarge(),
        415 => Problems.UnsupportedMediaType(),
        _ => null,
    };

    // The pattern, never the path: a path may hold what nobody should read in a log.
    private static string RouteOf(HttpContext http) => (http.GetEndpoint() as RouteEndpoint)?.RoutePattern.RawText ?? "(no route)";

    private static void AddSecurityHeaders(IHeaderDictionary headers)
    {
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'";
        headers["Referrer-Policy"] = "no-referrer";
    }
}

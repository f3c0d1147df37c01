using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;
using Yarp.ReverseProxy.Forwarder;

namespace Integritet.Gateway.Access;

/// <summary>
/// The way of every API call through the gateway: known, admitted, carried out, recorded, answered. No record, no answer: an answer's head goes out when its record is durable, whoever made the
/// answer. A call whose client has left is recorded too.
/// </summary>
public sealed partial class ApiCalls(
    RequestDelegate next, Admission admission, AccessRecorder recorder, InternalIdentity identity, ClientConnection connections, IOptions<GatewayOptions> options, TimeProvider time,
    ILogger<ApiCalls> logger)
{
    /// <summary>Given instead of an answer that could not be recorded.</summary>
    public static readonly Problem NoRecord = Problems.Unavailable("The call could not be recorded, so its answer is withheld. It may have had its effect: repeat it with the same Idempotency-Key.");

    private readonly int _limit = options.Value.CallsUnderWayInAll;
    private int _underWay;

    public async Task InvokeAsync(HttpContext http)
    {
        var route = http.GetEndpoint()?.Metadata.GetMetadata<RouteAccess>();
        if (route is null && !http.Request.Path.StartsWithSegments("/v1", StringComparison.OrdinalIgnoreCase))
        {
            // Health, documentation, and what services ask of each other.
            await next(http);
            return;
        }

        var call = Begin(http, route);
        try
        {
            if (Interlocked.Increment(ref _underWay) > _limit)
                await Problems.Unavailable("Too many calls are under way.", retryAfterSeconds: 1).ExecuteAsync(http);
            else
                await RunAsync(http, call);
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
            call.Credential?.Leave();
        }
    }

    private ApiCall Begin(HttpContext http, RouteAccess? route)
    {
        var method = http.Request.Method;
        var call = new ApiCall(time.GetUtcNow(), method.Length <= 10 ? method : "other", http.CorrelationId(), connections.TakeSecurity(http)) { Access = route };
        http.Features.Set(call);
        http.Response.Headers[InternalHeaders.CorrelationId] = call.CorrelationId;
        return call;
    }

    private async Task RunAsync(HttpContext http, ApiCall call)
    {
        try
        {
            var problem = await admission.AdmitAsync(http, call) ?? await CarryOutAsync(http, call);
            if (problem is not null && !http.Response.HasStarted)
            {
                await RecordAsync(http, call, problem.Status);
                await problem.ExecuteAsync(http);
            }
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            // The boundary around this answers; what it will say is recorded first.
            var status = StatusOf(http, e);
            if (status == StatusCodes.Status500InternalServerError)
                Failed(call.Access?.Operation, e);
            await RecordAsync(http, call, status);
            throw;
        }
    }

    /// <summary>Runs the endpoint. Gives the problem to answer with where the endpoint left a bare status behind.</summary>
    private async Task<Problem?> CarryOutAsync(HttpContext http, ApiCall call)
    {
        // No endpoint: no such path. The framework's own for another method of a known path says which methods there are.
        if (http.GetEndpoint()?.RequestDelegate is not { } endpoint)
            return Problems.NotFound();
        identity.Apply(http, call);
        if (call.Access is { Streaming: true } && http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size)
            size.MaxRequestBodySize = null;

        // The endpoint itself: the rest of the pipeline is for callers with internal tokens.
        await endpoint(http);
        if (http.GetForwarderErrorFeature() is { Error: var error } && !http.RequestAborted.IsCancellationRequested)
            NotForwarded(call.Access?.Operation, error);
        if (http.RequestAborted.IsCancellationRequested)
            await RecordAsync(http, call, StatusCodes.Status499ClientClosedRequest);
        return call.Withheld ?? (call.RecordTried || http.Response.HasStarted ? null : Bare(http));
    }

    private Task RecordAsync(HttpContext http, ApiCall call, int status) =>
        call is { IsPersonal: true, RecordTried: false } ? recorder.RecordAsync(http, call, status) : Task.CompletedTask;

    private static Problem? Bare(HttpContext http) => http.Response.StatusCode switch
    {
        < 400 or 499 => null,
        400 => Problems.Malformed("The request cannot be read."),
        404 => Problems.NotFound(),
        405 => Problems.MethodNotAllowed(),
        408 => Problems.Malformed("The request came too slowly."),
        413 => Problems.TooLarge(),
        415 => Problems.UnsupportedMediaType(),
        _ => Problems.Unavailable("The service that answers this is away for the moment."),
    };

    private static int StatusOf(HttpContext http, Exception exception) => exception switch
    {
        ProblemException known => known.Problem.Status,
        BadHttpRequestException { StatusCode: 413 } => 413,
        BadHttpRequestException => 400,
        EventStoreUnavailableException => 503,
        OperationCanceledException when http.RequestAborted.IsCancellationRequested => StatusCodes.Status499ClientClosedRequest,
        _ => 500,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "{Operation} was not forwarded: {Error}")]
    private partial void NotForwarded(string? operation, ForwarderError error);

    [LoggerMessage(Level = LogLevel.Error, Message = "{Operation} failed")]
    private partial void Failed(string? operation, Exception exception);
}

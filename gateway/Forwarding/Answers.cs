using Integritet.Gateway.Access;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.Extensions.Primitives;
using Yarp.ReverseProxy.Transforms;
using Yarp.ReverseProxy.Transforms.Builder;

namespace Integritet.Gateway.Forwarding;

/// <summary>What is done to a service's answer before its head goes out: recorded, and freed of what is no business of clients.</summary>
public sealed partial class Answers(AccessRecorder recorder, ILogger<Answers> logger) : ITransformProvider
{
    public void ValidateRoute(TransformRouteValidationContext context)
    {
    }

    public void ValidateCluster(TransformClusterValidationContext context)
    {
    }

    public void Apply(TransformBuilderContext context)
    {
        // The gateway's own headers say who calls; the address of a client stays here.
        context.UseDefaultForwarders = false;
        context.AddResponseTransform(AnswerAsync);
    }

    private async ValueTask AnswerAsync(ResponseTransformContext context)
    {
        if (context.ProxyResponse is not { } answer)
            return;
        var http = context.HttpContext;
        var call = http.ApiCall();
        if (answer.StatusCode == System.Net.HttpStatusCode.Unauthorized)
        {
            // Who calls was settled here: a service that doesn't believe the gateway is set up wrongly.
            NotBelieved(call.Access?.Operation);
            Withhold(context, call, Problems.Unavailable("The service that answers this does not know the gateway."));
            return;
        }

        try
        {
            if (call is { IsPersonal: true, RecordTried: false })
                await recorder.RecordAsync(http, call, http.Response.StatusCode);
        }
        catch (EventStoreUnavailableException e)
        {
            NotRecorded(e);
            Withhold(context, call, ApiCalls.NoRecord);
            return;
        }

        SetHeaders(http, call);
    }

    private static void Withhold(ResponseTransformContext context, ApiCall call, Problem problem)
    {
        context.SuppressResponseBody = true;
        context.HttpContext.Response.Clear();
        SetHeaders(context.HttpContext, call);
        call.Withheld = problem;
    }

    // Services set most of these too; here each stands once.
    private static void SetHeaders(HttpContext http, ApiCall call)
    {
        var headers = http.Response.Headers;
        headers.Remove("Server");
        headers.Remove(InternalHeaders.Subjects);
        headers[InternalHeaders.CorrelationId] = call.CorrelationId;
        headers.XContentTypeOptions = "nosniff";
        headers.ContentSecurityPolicy = Last(headers.ContentSecurityPolicy, "default-src 'none'; frame-ancestors 'none'");
        headers["Referrer-Policy"] = "no-referrer";
        headers.CacheControl = call.IsPersonal ? "no-store" : Last(headers.CacheControl, "no-store");
        if (http.Request.IsHttps)
            headers.StrictTransportSecurity = "max-age=31536000";
    }

    // The boundary's own value stands before the service's.
    private static string Last(StringValues values, string otherwise) => values.Count == 0 ? otherwise : values[^1] ?? otherwise;

    [LoggerMessage(Level = LogLevel.Error, Message = "A service refused the gateway's token ({Operation}): check Identity__TrustedKeysDirectory there")]
    private partial void NotBelieved(string? operation);

    [LoggerMessage(Level = LogLevel.Error, Message = "An answer was withheld because its access record could not be written")]
    private partial void NotRecorded(Exception exception);
}

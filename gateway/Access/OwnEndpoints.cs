using Integritet.Platform.EventStore;

namespace Integritet.Gateway.Access;

/// <summary>Endpoints that the gateway answers itself, under the same rules as those it forwards.</summary>
public static class OwnEndpoints
{
    /// <summary>Maps an endpoint that callers with one of these roles may use. Its call is recorded when its result is known and before it is written.</summary>
    public static RouteHandlerBuilder MapApi(this IEndpointRouteBuilder routes, string method, string pattern, string operation, Role roles, Delegate handler) =>
        routes.MapMethods(pattern, [method], handler).WithName(operation).WithMetadata(new RouteAccess(operation, pattern, roles)).AllowAnonymous().AddEndpointFilter(RecordAsync);

    private static async ValueTask<object?> RecordAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var result = await next(context);
        var http = context.HttpContext;
        var status = (result as IStatusCodeHttpResult)?.StatusCode ?? StatusCodes.Status200OK;
        try
        {
            await http.RequestServices.GetRequiredService<AccessRecorder>().RecordAsync(http, http.ApiCall(), status);
            return result;
        }
        catch (EventStoreUnavailableException)
        {
            return ApiCalls.NoRecord;
        }
    }
}

using Microsoft.Extensions.Logging;

namespace Integritet.Platform.Hosting;

/// <summary>Everything the host logs. No event body, identifier, token or query string is ever an argument.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Error, "{Method} {Route} failed, trace id {TraceId}")]
    public static partial void RequestFailed(ILogger logger, string method, string route, string traceId, Exception exception);

    [LoggerMessage(2, LogLevel.Warning, "{Method} {Route}: the event store is away: {Reason}")]
    public static partial void StoreAway(ILogger logger, string method, string route, string reason);

    [LoggerMessage(3, LogLevel.Debug, "{Method} {Route} answered {Status} in {DurationMs} ms, caller {Principal}, correlation id {CorrelationId}")]
    public static partial void Answered(ILogger logger, string method, string route, int status, double durationMs, string principal, string correlationId);
}

using Microsoft.Extensions.Logging;

namespace Integritet.Platform.Messaging;

/// <summary>Everything messaging logs. No message body, header or identifier of a person is ever an argument.</summary>
internal static partial class Log
{
    [LoggerMessage(1, LogLevel.Warning, "{Service}: forwarding to {Target} failed, again in {PauseMs} ms")]
    public static partial void ForwarderFailed(ILogger logger, string service, string target, double pauseMs, Exception exception);

    [LoggerMessage(2, LogLevel.Information, "{Service}: this replica forwards to {Target}, from position {Position}")]
    public static partial void Leading(ILogger logger, string service, string target, long position);

    [LoggerMessage(3, LogLevel.Warning, "{Service}: lag of the log could not be measured")]
    public static partial void LagUnknown(ILogger logger, string service, Exception exception);

    [LoggerMessage(4, LogLevel.Warning, "The feed's connection failed, again in {PauseMs} ms")]
    public static partial void FeedFailed(ILogger logger, double pauseMs, Exception exception);

    [LoggerMessage(5, LogLevel.Warning, "A feed message of {Bytes} bytes is malformed and was dead-lettered")]
    public static partial void FeedMessageMalformed(ILogger logger, int bytes, Exception exception);

    [LoggerMessage(6, LogLevel.Warning, "The feed of {Service} had a gap after {After}; {Events} events up to {UpTo} were fetched from its log")]
    public static partial void GapFilled(ILogger logger, string service, long after, long upTo, int events);

    [LoggerMessage(7, LogLevel.Error, "The feed of {Service} has a gap after {After} which could not be filled from its log")]
    public static partial void GapStays(ILogger logger, string service, long after, Exception exception);

    [LoggerMessage(8, LogLevel.Error, "A batch of {Events} events of {Service} could not be handled, again in {PauseMs} ms")]
    public static partial void FeedHandlerFailed(ILogger logger, int events, string service, double pauseMs, Exception exception);
}

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

    [LoggerMessage(9, LogLevel.Warning, "{Service}: the dead letters' connection failed, again in {PauseMs} ms")]
    public static partial void DeadLettersFailed(ILogger logger, string service, double pauseMs, Exception exception);

    [LoggerMessage(10, LogLevel.Error, "A message of queue {Queue} is dead: {Reason}")]
    public static partial void MessageDied(ILogger logger, string queue, string reason);

    [LoggerMessage(11, LogLevel.Error, "A dead letter of queue {Queue} could not be stored, again in {PauseMs} ms")]
    public static partial void DeadLetterNotStored(ILogger logger, string queue, double pauseMs, Exception exception);

    [LoggerMessage(12, LogLevel.Information, "Dead letter {Id} was replayed to queue {Queue}")]
    public static partial void DeadLetterReplayed(ILogger logger, Guid id, string queue);

    [LoggerMessage(13, LogLevel.Warning, "Queue {Queue} has no consumer")]
    public static partial void NoConsumer(ILogger logger, string queue);

    [LoggerMessage(14, LogLevel.Error, "'{Source}' is silent and its log cannot be read: its facts are stale")]
    public static partial void FactsStale(ILogger logger, string source, Exception exception);

    [LoggerMessage(15, LogLevel.Warning, "'{Source}' is silent; {Events} events were read from its log")]
    public static partial void SilentSourceRead(ILogger logger, string source, int events);

    [LoggerMessage(17, LogLevel.Warning, "'{Source}' is heard, but its log cannot be read to see whether all that it told is applied")]
    public static partial void SourceNotRead(ILogger logger, string source, Exception exception);

    [LoggerMessage(16, LogLevel.Warning, "When sources were heard could not be read")]
    public static partial void SourcesUnknown(ILogger logger, Exception exception);
}

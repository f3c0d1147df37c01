namespace Integritet.Platform.Messaging;

/// <summary>What a feed message is to a consumer that stands at a position of that service's log. Pure.</summary>
internal static class FeedSequence
{
    internal enum Step
    {
        /// <summary>The next event.</summary>
        Follows,

        /// <summary>Had before, or a heartbeat that says nothing new.</summary>
        Known,

        /// <summary>Something between the position and this was not received, or not from this log.</summary>
        Gap,
    }

    public static Step Of(long last, FeedMessage message) => message switch
    {
        FeedEvent one when one.Position <= last => Step.Known,
        FeedEvent one when one.Previous == last => Step.Follows,
        FeedHeartbeat beat when beat.Position <= last => Step.Known,
        _ => Step.Gap,
    };

    /// <summary>The position this message proves the log to have.</summary>
    public static long PositionOf(FeedMessage message) => message switch
    {
        FeedEvent one => one.Position,
        FeedHeartbeat beat => beat.Position,
        _ => throw new InvalidOperationException($"Unknown feed message {message.GetType().Name}."),
    };
}

namespace Integritet.Platform.Messaging;

/// <summary>Configuration section <c>RabbitMq</c>; validated at start.</summary>
public sealed class RabbitMqOptions
{
    /// <summary><c>amqp://user:password@host:port/vhost</c>, or <c>amqps</c>. Never logged.</summary>
    public string Uri { get; set; } = "";

    /// <summary>How long a publish may wait for its confirm, in milliseconds, before the connection is given up and opened anew.</summary>
    public int PublishTimeoutMs { get; set; } = 10_000;

    /// <summary>Most events read from the log, published and awaited together.</summary>
    public int BatchSize { get; set; } = 500;

    /// <summary>Most feed messages that may be delivered and not yet acknowledged.</summary>
    public ushort FeedPrefetch { get; set; } = 2_000;

    /// <summary>Pauses between attempts of a throwing consumer, in milliseconds, before its message goes to <c>_error</c>. Null: 100, 500, 2000, 10000 (configuration would append to a default here).</summary>
    public int[]? ConsumerRetryMs { get; set; }

    internal int[] ConsumerRetry => ConsumerRetryMs ?? [100, 500, 2_000, 10_000];

    internal static string? Problem(RabbitMqOptions options)
    {
        if (!System.Uri.TryCreate(options.Uri, UriKind.Absolute, out var uri) || uri.Scheme is not ("amqp" or "amqps"))
            return "RabbitMq:Uri is missing or no amqp URI: set RabbitMq__Uri=amqp://user:password@host:port/vhost.";
        if (options.PublishTimeoutMs is < 100 or > 300_000) return "RabbitMq:PublishTimeoutMs must lie between 100 and 300000.";
        if (options.BatchSize is < 1 or > 5_000) return "RabbitMq:BatchSize must lie between 1 and 5000.";
        if (options.FeedPrefetch == 0) return "RabbitMq:FeedPrefetch must be at least 1.";
        return options.ConsumerRetry.Length > 20 || options.ConsumerRetry.Any(ms => ms is < 0 or > 600_000)
            ? "RabbitMq:ConsumerRetryMs must have at most 20 pauses, each between 0 and 600000."
            : null;
    }
}

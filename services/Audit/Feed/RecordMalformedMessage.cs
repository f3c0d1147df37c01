using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;

namespace Integritet.Audit.Feed;

/// <summary>Records that something was on the feed that no service writes.</summary>
public sealed partial class RecordMalformedMessage(EventStreams streams)
{
    private const string Stream = "malformed";

    /// <summary>
    /// What was sent as an event of Audit itself makes no further event, which would be sent in its turn: a fault that garbled all of them would go round for ever. It is among the dead letters.
    /// </summary>
    public static IReadOnlyList<object> Decide(FeedMalformed message) =>
        message.RoutingKey.StartsWith(AuditService.Name + ".", StringComparison.Ordinal)
            ? []
            : [new FeedHappening.MessageMalformed(
                RoutingKey().IsMatch(message.RoutingKey) ? message.RoutingKey : "", Convert.ToHexStringLower(SHA256.HashData(message.Body.Span)), message.Body.Length)];

    public async Task RunAsync(FeedMalformed message, CancellationToken cancellationToken)
    {
        if (Decide(message) is not { Count: > 0 } events)
            return;
        // The same bytes told again are the same message, which is recorded once.
        var id = new Guid(SHA256.HashData(message.Body.Span).AsSpan(0, 16));
        await streams.AppendAsync(
            FeedState.Tenant, FeedState.Aggregate.StreamOf(Stream), ExpectedVersion.Any, events, new EventMetadata(id.ToString(), id.ToString(), AuditService.Name),
            new AppendOptions { StreamType = FeedState.Aggregate.Name, Consumed = new ConsumedMessage(id, "feed"), Priority = AppendPriority.Bulk }, cancellationToken);
    }

    [GeneratedRegex(@"\A[a-z0-9.-]{1,200}\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex RoutingKey();
}

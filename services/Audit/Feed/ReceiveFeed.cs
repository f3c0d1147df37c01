using Integritet.Audit.Ledger;
using Integritet.Platform.Messaging;

namespace Integritet.Audit.Feed;

/// <summary>What the services tell goes into the ledger. Messaging hands it on in order and fills gaps; the ledger checks both again and is what fences two replicas.</summary>
public sealed class ReceiveFeed(LedgerWriter ledger, RecordFilledGap recordFilledGap, RecordMalformedMessage recordMalformedMessage, LedgerDelay delay, LedgerLag lag) : IFeedHandler
{
    public Task<long> LastPositionAsync(string service, CancellationToken cancellationToken) => ledger.PositionAsync(service, cancellationToken);

    public async Task HandleAsync(string service, IReadOnlyList<FeedEvent> batch, CancellationToken cancellationToken)
    {
        var sequenced = await ledger.WriteAsync(service, [.. batch.Select(Leaf.Of)], cancellationToken);
        delay.Record(service, sequenced.Entries);
        if (sequenced.Refused is { } refused)
            throw new FeedOutOfOrderException($"The ledger has '{service}' up to {sequenced.Position}; the event at {refused.Position} says that {refused.Previous} is before it.");
    }

    public Task GapFilledAsync(FeedGap gap, CancellationToken cancellationToken) => recordFilledGap.RunAsync(gap, cancellationToken);

    public Task MalformedAsync(FeedMalformed message, CancellationToken cancellationToken) => recordMalformedMessage.RunAsync(message, cancellationToken);

    public Task HeardAsync(FeedHeartbeat heartbeat, CancellationToken cancellationToken) => lag.HeardAsync(heartbeat, cancellationToken);
}

/// <summary>Events that do not follow on what the ledger has. What preceded them in their batch is written.</summary>
public sealed class FeedOutOfOrderException(string message) : Exception(message);

using Integritet.Platform.EventStore;

namespace Integritet.Consent.Consents;

/// <summary>One event of a consent record with its commit stamp, which is the instant it counts from.</summary>
public sealed record StampedEvent(ConsentEvent Event, string Type, DateTimeOffset At, long Version, long Position, string Actor, string CorrelationId);

/// <summary>Reads the events of consent records, now or as of a position of the log.</summary>
public sealed class ConsentHistory(IEventStore store, IEventSerializer serializer)
{
    /// <summary>The record's events in order; empty when this controller has no such record.</summary>
    public async Task<IReadOnlyList<StampedEvent>> ReadAsync(string controller, Guid consentId, long upToPosition, CancellationToken cancel)
    {
        var recorded = await store.ReadStreamAsync(controller, ConsentRecord.Aggregate.StreamOf(consentId.ToString()), upToPosition: upToPosition, cancellationToken: cancel);
        var events = new StampedEvent[recorded.Count];
        for (var i = 0; i < events.Length; i++)
        {
            var one = recorded[i];
            var @event = (ConsentEvent)await serializer.DeserializeAsync(one, cancel);
            events[i] = new StampedEvent(@event, one.Type, one.Timestamp, one.Version, one.Position, one.Metadata.Actor, one.Metadata.CorrelationId);
        }
        return events;
    }
}

using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Retention.Agreements;
using Integritet.Retention.Holdings;
using Integritet.Retention.Triggers;

namespace Integritet.Retention.Integration;

/// <summary>What other services are told of this one's events. Pure: the same event gives the same messages.</summary>
public static class IntegrationEvents
{
    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        PoliciesAsked => [new PoliciesWanted("retention", recorded.Timestamp)],
        HoldingRegistered or HoldingsImported or TriggerTold or RetentionAgreed or PolicyReceived => [],
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };
}

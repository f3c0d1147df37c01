using Integritet.Consent.Consents;
using Integritet.Consent.Decisions;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Integration;

/// <summary>What other services are told of this one's events. Pure: the same event gives the same messages.</summary>
public static class IntegrationEvents
{
    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        PoliciesAsked => [new PoliciesWanted("consent", recorded.Timestamp)],
        ConsentEvent or DecisionMade or PolicyReceived => [],
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };
}

using Integritet.Contracts;
using Integritet.Disclosure.Cases;
using Integritet.Disclosure.Recipients;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Integration;

/// <summary>What other services are told of this one's events. Pure: the same event gives the same messages.</summary>
public static class IntegrationEvents
{
    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        RecipientEvent e => [Told(recorded, e)],
        CaseEvent e => [Told(recorded, e)],
        PoliciesAsked => [new PoliciesWanted(DisclosureService.Name, recorded.Timestamp)],
        PolicyReceived or PolicyListReceived or FactConfirmed => [],
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };

    private static object Told(RecordedEvent at, RecipientEvent @event) => @event switch
    {
        RecipientEvent.Registered e => new RecipientRegistered(
            at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.RecipientId, e.Kind, e.Country, e.Safeguard),
        RecipientEvent.AgreementRegistered e => new AgreementRegistered(
            at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.AgreementId, e.RecipientId, e.RecipientKind, e.Type, e.SignedAt, e.ExpiresAt),
        RecipientEvent.AccessRightGranted e => new AccessRightGranted(
            at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.AccessRightId, e.RecipientId, e.RecipientKind, e.Categories, e.ValidFrom, e.ValidTo),
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };

    private static object Told(RecordedEvent at, CaseEvent @event) => @event switch
    {
        CaseEvent.Opened e => new CaseChanged(
            at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.CaseId, e.Reference, e.Kind, Open: true, e.Limited),
        CaseEvent.SubjectsAdded e => new CaseSubjectsAdded(at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.CaseId, e.Pseudonyms),
        CaseEvent.Closed e => new CaseChanged(
            at.Tenant, DisclosureService.Name, at.Stream, at.Version, at.Position, e.CaseId, e.Reference, e.Kind, Open: false, e.Limited),
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };
}

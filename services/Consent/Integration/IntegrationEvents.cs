using Integritet.Consent.Accounts;
using Integritet.Consent.Consents;
using Integritet.Consent.Contacts;
using Integritet.Consent.Decisions;
using Integritet.Consent.Networks;
using Integritet.Consent.Subjects;
using Integritet.Consent.Systems;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Integration;

/// <summary>What other services are told of this one's events. Pure: the same event gives the same messages.</summary>
public static class IntegrationEvents
{
    private const string Service = "consent";

    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        PoliciesAsked => [new PoliciesWanted(Service, recorded.Timestamp)],
        SubjectLinkEvent.Linked e => [LinkChanged(recorded, e.LinkId, e.Subjects, linked: true)],
        SubjectLinkEvent.Removed e => [LinkChanged(recorded, e.LinkId, e.Subjects, linked: false)],
        SystemOfRecordRegistered e =>
            [new SystemRegistered(recorded.Tenant, Service, recorded.Stream, recorded.Version, recorded.Position, e.Name, e.Encrypted, e.Processor)],
        ToldByDisclosure e =>
            [new FactApplied(recorded.Tenant, Service, recorded.Stream, recorded.Version, recorded.Position, ToldByDisclosure.Source, e.SourceStream, e.SourceVersion, recorded.Timestamp)],
        ConsentEvent e => [Stated(recorded, e)],
        DecisionMade or PolicyReceived or PolicyListReceived or ContactEvent or AccountRelationEvent or NetworkAddressEvent => [],
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };

    private static ConsentStated Stated(RecordedEvent at, ConsentEvent @event) => @event switch
    {
        ConsentEvent.Given e => Stated(at, e.ConsentId, e.Subject, [.. e.Purposes.Select(p => p.Purpose)], "given", e.ExpiresAt),
        ConsentEvent.Refused e => Stated(at, e.ConsentId, e.Subject, [.. e.Purposes.Select(p => p.Purpose)], "refused", expiresAt: null),
        ConsentEvent.Withdrawn e => Stated(at, e.ConsentId, e.Subject, e.Purposes, "withdrawn", expiresAt: null),
        _ => throw new InvalidOperationException($"It is not said what others are told of {@event.GetType().Name}."),
    };

    private static ConsentStated Stated(RecordedEvent at, Guid consentId, string subject, IReadOnlyList<string> purposes, string statement, DateTimeOffset? expiresAt) =>
        new(at.Tenant, Service, at.Stream, at.Version, at.Position, consentId, subject, purposes, statement, at.Timestamp, expiresAt);

    private static SubjectLinkChanged LinkChanged(RecordedEvent recorded, Guid linkId, IReadOnlyList<string> subjects, bool linked) =>
        new(recorded.Tenant, Service, recorded.Stream, recorded.Version, recorded.Position, linkId, subjects, linked);
}

using Integritet.Consent.Accounts;
using Integritet.Consent.Consents;
using Integritet.Consent.Contacts;
using Integritet.Consent.Integration;
using Integritet.Consent.Networks;
using Integritet.Consent.Subjects;
using Integritet.Consent.Systems;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class IntegrationEventsTests
{
    private static readonly RecordedEvent Recorded = new(7, Guid.Empty, "installation", "policies-asked", 1, "policies-asked.v1", default, Now, new EventMetadata("c", "k", "consent"));

    [Fact]
    public void A_service_without_policies_asks_for_them() => Assert.Equal([new PoliciesWanted("consent", Now)], IntegrationEvents.Map(Recorded, new PoliciesAsked()));

    [Fact]
    public void A_link_is_told_whole_and_so_is_its_removal()
    {
        var link = new SubjectLinkEvent.Linked(ConsentId, "ps_a", ["ps_a", "ps_b"], "passport 17");
        var told = Assert.IsType<SubjectLinkChanged>(Assert.Single(IntegrationEvents.Map(Recorded, link)));
        Assert.Equal((ConsentId, true, 1L, 7L), (told.LinkId, told.Linked, told.SourceVersion, told.SourcePosition));
        Assert.Equal(["ps_a", "ps_b"], told.Subjects);
        Assert.DoesNotContain("passport", System.Text.Json.JsonSerializer.Serialize(told), StringComparison.Ordinal);

        told = Assert.IsType<SubjectLinkChanged>(Assert.Single(IntegrationEvents.Map(Recorded, new SubjectLinkEvent.Removed(ConsentId, ["ps_a", "ps_b"]))));
        Assert.False(told.Linked);
        Assert.Equal(["ps_a", "ps_b"], told.Subjects);
    }

    [Fact]
    public void A_system_of_record_is_told_as_it_stands() => Assert.Equal(
        [new SystemRegistered("installation", "consent", "policies-asked", 1, 7, "crm", Encrypted: true, "Example Hosting AB")],
        IntegrationEvents.Map(Recorded, new SystemOfRecordRegistered("crm", Encrypted: true, "Example Hosting AB")));

    [Fact]
    public void What_a_person_says_on_purposes_is_told_without_its_evidence()
    {
        var purposes = new[] { new StatedPurpose("own-marketing", ConsentEffect.Needed), new StatedPurpose("targeting", ConsentEffect.Needed) };
        var evidence = new Evidence("letter from Anna", null, []);

        Told(new ConsentEvent.Given(ConsentId, "ps_a", purposes, "web-form", "sv", evidence, Now.AddDays(30), 3, "hash"), "given", Now.AddDays(30));
        Told(new ConsentEvent.Refused(ConsentId, "ps_a", purposes, "gpc", "sv", evidence, 3, "hash"), "refused", expiresAt: null);
        Told(new ConsentEvent.Withdrawn(ConsentId, "ps_a", ["own-marketing", "targeting"], "web-form"), "withdrawn", expiresAt: null);

        static void Told(ConsentEvent @event, string statement, DateTimeOffset? expiresAt)
        {
            var told = Assert.IsType<ConsentStated>(Assert.Single(IntegrationEvents.Map(Recorded, @event)));
            Assert.Equal((ConsentId, "ps_a", statement, Now, expiresAt, 1L, 7L), (told.ConsentId, told.Subject, told.Statement, told.StatedAt, told.ExpiresAt, told.SourceVersion, told.SourcePosition));
            Assert.Equal(["own-marketing", "targeting"], told.Purposes);
            Assert.DoesNotContain("Anna", System.Text.Json.JsonSerializer.Serialize(told), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Contacts_relations_and_addresses_are_nobodys_business()
    {
        Assert.Empty(IntegrationEvents.Map(Recorded, new ContactEvent.Removed(ConsentId, Anna)));
        Assert.Empty(IntegrationEvents.Map(Recorded, new AccountRelationEvent.Removed(ConsentId, Anna)));
        Assert.Empty(IntegrationEvents.Map(Recorded, new NetworkAddressEvent.Removed(ConsentId)));
    }

    [Fact]
    public void An_event_nobody_has_thought_of_is_not_passed_over() => Assert.Throws<InvalidOperationException>(() => IntegrationEvents.Map(Recorded, new object()).ToArray());
}

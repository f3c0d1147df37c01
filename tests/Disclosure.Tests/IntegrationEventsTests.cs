using Integritet.Contracts;
using Integritet.Disclosure.Cases;
using Integritet.Disclosure.Integration;
using Integritet.Disclosure.Recipients;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;

namespace Integritet.Disclosure.Tests;

public sealed class IntegrationEventsTests
{
    private static readonly Guid Id = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public void A_persons_name_is_not_told() =>
        Assert.Equal(
            new RecipientRegistered("almena", "disclosure", "s", 3, 7, Id, "employee", "SE", null),
            Assert.Single(Told(new RecipientEvent.Registered(Id, "employee", "Eva Ek", "SE", null))));

    [Fact]
    public void What_an_officer_wrote_about_a_case_is_not_told() =>
        Assert.Equal(
            new CaseChanged("almena", "disclosure", "s", 3, 7, Id, "abuse-17", "abuse-investigation", Open: true, Limited: true),
            Assert.Single(Told(new CaseEvent.Opened(Id, "abuse-17", "abuse-investigation", "Spam from Eva Ek", Limited: true, null))));

    [Fact]
    public void A_closed_case_is_told_whole_so_that_it_stands_alone() =>
        Assert.Equal(
            new CaseChanged("almena", "disclosure", "s", 3, 7, Id, "abuse-17", "abuse-investigation", Open: false, Limited: true),
            Assert.Single(Told(new CaseEvent.Closed(Id, "abuse-17", "abuse-investigation", "done", Limited: true))));

    [Fact]
    public void A_service_without_policies_asks_for_them() => Assert.Equal(new PoliciesWanted("disclosure", Now), Assert.Single(Told(new PoliciesAsked())));

    [Fact]
    public void What_was_received_is_not_told_on() => Assert.Empty(Told(new FactConfirmed("consent", 1, "case-1", 1, Now)));

    [Fact]
    public void An_event_of_which_nothing_is_said_stops_the_telling() => Assert.Throws<InvalidOperationException>(() => Told("what?").ToArray());

    private static IEnumerable<object> Told(object @event) =>
        IntegrationEvents.Map(new RecordedEvent(7, Guid.Empty, "almena", "s", 3, "", default, Now, new EventMetadata("", "", "")), @event);
}

using Integritet.Consent.Integration;
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
    public void An_event_nobody_has_thought_of_is_not_passed_over() => Assert.Throws<InvalidOperationException>(() => IntegrationEvents.Map(Recorded, new object()).ToArray());
}

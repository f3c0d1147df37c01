using Integritet.Consent.Consents;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class RefuseConsentTests
{
    [Fact]
    public void A_refusal_is_a_record_too() =>
        Assert.Equal(["targeting"], When(Says("targeting")).ThenOne<ConsentEvent.Refused>().Purposes.Select(p => p.Purpose));

    [Fact]
    public void A_privacy_signal_refuses_what_the_policy_lists_for_it() =>
        Assert.Equal(["own-marketing", "third-party-advertising", "targeting"], When(Says() with { Method = "gpc" }).ThenOne<ConsentEvent.Refused>().Purposes.Select(p => p.Purpose));

    [Fact]
    public void A_privacy_signal_may_name_more() =>
        Assert.Equal(
            ["statistics", "targeting", "own-marketing", "third-party-advertising"],
            When(Says("statistics", "targeting") with { Method = "gpc" }).ThenOne<ConsentEvent.Refused>().Purposes.Select(p => p.Purpose));

    [Fact]
    public void A_privacy_signal_is_noted_where_the_policy_lists_nothing_for_it() =>
        Assert.Empty(When(Says() with { Method = "gpc" }, "netip").ThenOne<ConsentEvent.Refused>().Purposes);

    [Fact]
    public void A_refusal_of_nothing_is_none() => When(Says()).ThenRefused(422, "/purposes");

    [Fact]
    public void An_unknown_purpose_is_pointed_at() => When(Says("spying")).ThenRefused(422, "/purposes/0");

    [Fact]
    public void The_same_refusal_is_not_recorded_twice() =>
        RefuseConsent.Decide(After(Refused("targeting")), new RefuseConsent(Says("targeting")), Policy("almena"), Now).ThenNothing();

    private static Decided When(Statement statement, string controller = "almena") => RefuseConsent.Decide(After(), new RefuseConsent(statement), Policy(controller), Now);
}

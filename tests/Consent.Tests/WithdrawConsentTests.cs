using Integritet.Consent.Consents;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class WithdrawConsentTests
{
    [Fact]
    public void Without_purposes_the_whole_consent_is_withdrawn() =>
        Assert.Equal(["own-marketing", "targeting"], When(After(Given("own-marketing", "targeting"))).ThenOne<ConsentEvent.Withdrawn>().Purposes);

    [Fact]
    public void Some_purposes_can_be_withdrawn_alone() =>
        Assert.Equal(["targeting"], When(After(Given("own-marketing", "targeting")), "targeting").ThenOne<ConsentEvent.Withdrawn>().Purposes);

    [Fact]
    public void What_is_left_is_withdrawn_later() =>
        Assert.Equal(["own-marketing"], When(After(Given("own-marketing", "targeting"), Withdrawn("targeting"))).ThenOne<ConsentEvent.Withdrawn>().Purposes);

    [Fact]
    public void Withdrawing_again_changes_nothing() => When(After(Given("targeting"), Withdrawn("targeting"))).ThenNothing();

    [Fact]
    public void Withdrawing_a_purpose_again_changes_nothing() =>
        When(After(Given("own-marketing", "targeting"), Withdrawn("targeting")), "targeting").ThenNothing();

    [Fact]
    public void A_purpose_named_twice_is_withdrawn_once() =>
        Assert.Equal(["targeting"], When(After(Given("own-marketing", "targeting")), "targeting", "targeting").ThenOne<ConsentEvent.Withdrawn>().Purposes);

    [Fact]
    public void A_purpose_that_was_not_consented_to_is_pointed_at() => When(After(Given("targeting")), "targeting", "payment").ThenRefused(422, "/purposes/1");

    [Fact]
    public void An_empty_list_of_purposes_is_no_withdrawal() =>
        WithdrawConsent.Decide(After(Given("targeting")), new WithdrawConsent(ConsentId, "web-form", []), mayConcern: true).ThenRefused(422, "/purposes");

    [Fact]
    public void An_unknown_method_is_refused() =>
        WithdrawConsent.Decide(After(Given("targeting")), new WithdrawConsent(ConsentId, "telepathy", null), mayConcern: true).ThenRefused(422, "/method");

    [Fact]
    public void What_was_never_recorded_cannot_be_withdrawn() => When(After()).ThenRefused(404);

    [Fact]
    public void A_refusal_is_no_consent_to_withdraw() => When(After(Refused("targeting"))).ThenRefused(409);

    [Fact]
    public void To_another_person_the_consent_does_not_exist() =>
        WithdrawConsent.Decide(After(Given("targeting")), new WithdrawConsent(ConsentId, "web-form", null), mayConcern: false).ThenRefused(404);

    private static Decided When(ConsentRecord state, params string[] purposes) =>
        WithdrawConsent.Decide(state, new WithdrawConsent(ConsentId, "web-form", purposes.Length == 0 ? null : purposes), mayConcern: true);
}

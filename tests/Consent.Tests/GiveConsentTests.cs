using Integritet.Consent.Consents;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class GiveConsentTests
{
    [Fact]
    public void A_consent_is_recorded_under_the_policy_version_in_force()
    {
        var given = When(Says("own-marketing")).ThenOne<ConsentEvent.Given>();
        Assert.Equal((Policy("almena").Version, Policy("almena").Hash), (given.PolicyVersion, given.PolicyHash));
        Assert.Equal(Anna, given.Subject);
        Assert.Equal("order-17", given.Evidence.Reference);
    }

    [Theory]
    [InlineData("almena", "own-marketing", ConsentEffect.Needed)]
    [InlineData("almena", "targeting", ConsentEffect.Needed)]
    [InlineData("almena", "third-party-collection", ConsentEffect.Needed)]
    [InlineData("almena", "service-provision", ConsentEffect.None)]
    [InlineData("almena", "payment", ConsentEffect.None)]
    [InlineData("netip", "mass-mailing", ConsentEffect.None)]
    public void Each_purpose_says_what_consent_does_for_it(string controller, string purpose, ConsentEffect effect) =>
        Assert.Equal(new StatedPurpose(purpose, effect), Assert.Single(When(Says(purpose), controller).ThenOne<ConsentEvent.Given>().Purposes));

    [Fact]
    public void Several_purposes_make_one_record() =>
        Assert.Equal(["own-marketing", "targeting"], When(Says("own-marketing", "targeting")).ThenOne<ConsentEvent.Given>().Purposes.Select(p => p.Purpose));

    [Fact]
    public void Consent_to_nothing_is_refused() => When(Says()).ThenRefused(422, "/purposes");

    [Fact]
    public void An_unknown_purpose_is_pointed_at() => When(Says("own-marketing", "spying")).ThenRefused(422, "/purposes/1");

    [Fact]
    public void A_purpose_of_another_controller_is_unknown() => When(Says("own-marketing"), "netip").ThenRefused(422, "/purposes/0");

    [Fact]
    public void A_purpose_named_twice_is_pointed_at() => When(Says("targeting", "targeting")).ThenRefused(422, "/purposes/1");

    [Fact]
    public void An_unknown_method_is_refused() => When(Says("targeting") with { Method = "telepathy" }).ThenRefused(422, "/method");

    [Fact]
    public void A_privacy_signal_gives_no_consent() => When(Says("targeting") with { Method = "gpc" }).ThenRefused(422, "/method");

    [Theory]
    [InlineData("sv", true)]
    [InlineData("en-GB", true)]
    [InlineData("zh-Hant-TW", true)]
    [InlineData("", false)]
    [InlineData("svenska språket", false)]
    public void A_language_is_a_tag(string language, bool accepted)
    {
        var decided = When(Says("targeting") with { Language = language });
        if (accepted)
            decided.ThenOne<ConsentEvent.Given>();
        else
            decided.ThenRefused(422, "/language");
    }

    [Fact]
    public void Evidence_without_a_reference_is_none() =>
        When(Says("targeting") with { Evidence = new Evidence(" ", null, []) }).ThenRefused(422, "/evidence/reference");

    [Fact]
    public void A_notice_shown_a_little_ahead_of_our_clock_is_accepted() =>
        When(Says("targeting") with { Evidence = new Evidence("r", Now.AddMinutes(5), []) }).ThenOne<ConsentEvent.Given>();

    [Fact]
    public void A_notice_shown_in_the_future_is_refused() =>
        When(Says("targeting") with { Evidence = new Evidence("r", Now.AddMinutes(5).AddTicks(1), []) }).ThenRefused(422, "/evidence/noticeShownAt");

    [Fact]
    public void An_unknown_quality_is_pointed_at() =>
        When(Says("targeting") with { Evidence = Evidence("cheerful") }).ThenRefused(422, "/evidence/qualities/cheerful");

    [Fact]
    public void A_consent_expires_in_the_future()
    {
        Assert.Equal(Now.AddTicks(1), When(Says("targeting"), expiresAt: Now.AddTicks(1)).ThenOne<ConsentEvent.Given>().ExpiresAt);
        When(Says("targeting"), expiresAt: Now).ThenRefused(422, "/expiresAt");
    }

    [Fact]
    public void All_faults_are_told_at_once() =>
        When(Says("spying") with { Method = "telepathy", Language = "?" }).ThenRefused(422, "/purposes/0", "/method", "/language");

    [Fact]
    public void A_consent_that_is_given_already_is_not_given_again() =>
        GiveConsent.Decide(After(Given("targeting")), new GiveConsent(Says("targeting"), null), Policy("almena"), Now).ThenNothing();

    private static Decided When(Statement statement, string controller = "almena", DateTimeOffset? expiresAt = null) =>
        GiveConsent.Decide(After(), new GiveConsent(statement, expiresAt), Policy(controller), Now);
}

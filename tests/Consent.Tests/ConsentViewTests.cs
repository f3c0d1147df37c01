using Integritet.Consent.Consents;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class ConsentViewTests
{
    [Fact]
    public void It_is_given_at_its_commit_stamp() => Assert.Equal((ConsentStatus.Given, (DateTimeOffset?)Now), (View(Given("a")).Status, View(Given("a")).GivenAt));

    [Fact]
    public void Withdrawn_in_part_it_says_which_purposes_and_when()
    {
        var view = View(Given("a", "b"), Withdrawn("b"));
        Assert.Equal(ConsentStatus.PartlyWithdrawn, view.Status);
        Assert.Equal([ConsentStatus.Given, ConsentStatus.Withdrawn], view.Purposes.Select(p => p.Status));
        Assert.Equal([null, Now.AddMinutes(1)], view.Purposes.Select(p => p.WithdrawnAt));
    }

    [Fact]
    public void With_its_last_purpose_it_is_withdrawn()
    {
        var view = View(Given("a", "b"), Withdrawn("b"), Withdrawn("a"));
        Assert.Equal((ConsentStatus.Withdrawn, (DateTimeOffset?)Now.AddMinutes(2)), (view.Status, view.WithdrawnAt));
    }

    [Fact]
    public void It_runs_out_at_the_instant_it_expires()
    {
        var given = Given("a") with { ExpiresAt = Now.AddDays(1) };
        Assert.Equal(ConsentStatus.Given, ConsentView.Of(Stamped(given), Now.AddDays(1).AddTicks(-1)).Status);
        Assert.Equal(ConsentStatus.Expired, ConsentView.Of(Stamped(given), Now.AddDays(1)).Status);
        Assert.Equal(ConsentStatus.Expired, ConsentView.Of(Stamped(given), Now.AddDays(1)).Purposes[0].Status);
    }

    [Fact]
    public void What_is_withdrawn_stays_withdrawn_when_it_would_have_expired() =>
        Assert.Equal(ConsentStatus.Withdrawn, ConsentView.Of(Stamped(Given("a") with { ExpiresAt = Now.AddDays(1) }, Withdrawn("a")), Now.AddDays(2)).Status);

    [Fact]
    public void A_refusal_has_no_time_of_giving()
    {
        var view = View(Refused("a"));
        Assert.Equal((ConsentStatus.Refused, (DateTimeOffset?)null, (DateTimeOffset?)Now), (view.Status, view.GivenAt, view.RefusedAt));
    }

    [Fact]
    public void Erased_evidence_says_so() => Assert.True(View(Given("a") with { Evidence = new Evidence(null, null, []) }).Evidence!.Erased);

    [Fact]
    public void A_refusal_without_evidence_has_none_erased() => Assert.Null(View(Refused("a") with { Evidence = null }).Evidence);

    [Fact]
    public void The_answer_to_a_withdrawal_is_the_same_when_more_was_withdrawn_since()
    {
        var partly = (WithdrawConsent.Answer)WithdrawConsent.Answer.Of(View(Given("a", "b"), Withdrawn("b")), new WithdrawConsent(ConsentId, "web-form", ["b"]));
        var again = (WithdrawConsent.Answer)WithdrawConsent.Answer.Of(View(Given("a", "b"), Withdrawn("b"), Withdrawn("a")), new WithdrawConsent(ConsentId, "web-form", ["b"]));
        Assert.Equal(partly.WithdrawnAt, again.WithdrawnAt);
        Assert.Equal((ConsentStatus.PartlyWithdrawn, ConsentStatus.Withdrawn), (partly.Status, again.Status));
    }

    private static ConsentView View(params ConsentEvent[] events) => ConsentView.Of(Stamped(events), Now);
}

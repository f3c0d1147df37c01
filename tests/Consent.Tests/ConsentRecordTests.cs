using Integritet.Consent.Consents;
using Integritet.Platform.Policies;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class ConsentRecordTests
{
    [Fact]
    public void Withdrawals_add_up()
    {
        var given = Assert.IsType<ConsentRecord.Given>(After(Given("a", "b", "c"), Withdrawn("a"), Withdrawn("c", "a")));
        Assert.Equal(["a", "c"], given.Withdrawn.Order());
        Assert.Equal(["a", "b", "c"], given.Purposes);
    }

    [Fact]
    public void An_unknown_event_is_not_passed_over() =>
        Assert.Throws<InvalidOperationException>(() => ConsentRecord.Evolve(After(Given("a")), new PoliciesAsked()));

    [Fact]
    public void A_record_does_not_begin_with_a_withdrawal() => Assert.Throws<InvalidOperationException>(() => After(Withdrawn("a")));

    [Fact]
    public void Nothing_follows_a_refusal() => Assert.Throws<InvalidOperationException>(() => After(Refused("a"), Withdrawn("a")));

    [Fact]
    public void A_consent_is_given_once() => Assert.Throws<InvalidOperationException>(() => After(Given("a"), Given("a")));
}

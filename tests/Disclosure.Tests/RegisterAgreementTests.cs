using Integritet.Disclosure.Recipients;
using Integritet.Platform.Hosting;
using static Integritet.Disclosure.Tests.Pure;

namespace Integritet.Disclosure.Tests;

public sealed class RegisterAgreementTests
{
    [Fact]
    public void An_employees_NDA_without_an_end_is_registered_under_the_policy_in_force()
    {
        var registered = Decide(After(Registered("employee")), "nda").ThenOne<RecipientEvent.AgreementRegistered>();
        Assert.Equal(("employee", "nda", 1), (registered.RecipientKind, registered.Type, registered.PolicyVersion));
    }

    [Fact]
    public void An_employees_NDA_that_ends_is_refused_by_its_clause()
    {
        var fault = Decide(After(Registered("employee")), "nda", expiresAt: Now.AddYears(2)).ThenFault();
        Assert.Equal(("/expiresAt", "agreement-ends", "PA-5"), (fault.Pointer, fault.Code, fault.Rule));
    }

    [Fact]
    public void Where_the_policy_does_not_say_so_an_employees_NDA_may_end() =>
        Decide(After(Registered("employee")), "nda", expiresAt: Now.AddYears(2), controller: "netip").ThenOne<RecipientEvent.AgreementRegistered>();

    [Fact]
    public void A_suppliers_business_agreement_without_an_NDA_is_refused_by_its_clause()
    {
        var fault = Decide(After(Registered("supplier")), "business").ThenFault();
        Assert.Equal(("/type", "agreement-order", "PA-6"), (fault.Pointer, fault.Code, fault.Rule));
    }

    [Fact]
    public void After_its_NDA_a_supplier_may_sign_a_business_agreement() =>
        Decide(After(Registered("supplier"), Signed("supplier", "nda", Now.AddDays(-2))), "business").ThenOne<RecipientEvent.AgreementRegistered>();

    [Fact]
    public void An_NDA_that_was_signed_later_does_not_count() =>
        Assert.Equal("agreement-order", Decide(After(Registered("supplier"), Signed("supplier", "nda", Now.AddDays(-1))), "business", signedAt: Now.AddDays(-2)).ThenFault().Code);

    [Fact]
    public void An_NDA_that_had_ended_does_not_count() =>
        Assert.Equal("agreement-order", Decide(After(Registered("supplier"), Signed("supplier", "nda", Now.AddDays(-9), until: Now.AddDays(-3))), "business").ThenFault().Code);

    [Fact]
    public void Other_recipients_may_sign_business_agreements_at_once() => Decide(After(Registered("carrier")), "business").ThenOne<RecipientEvent.AgreementRegistered>();

    [Fact]
    public void The_same_paper_twice_is_one_agreement() =>
        Assert.Empty(Decide(After(Registered("employee"), Signed("employee", "nda", Now.AddDays(-1))), "nda").Then());

    [Theory]
    [InlineData("handshake", -1, null, "paper-1", "/type")]
    [InlineData("nda", 1, null, "paper-1", "/signedAt")]
    [InlineData("dpa", -1, -1, "paper-1", "/expiresAt")]
    [InlineData("nda", -1, null, " ", "/reference")]
    public void What_cannot_be_is_refused_with_its_place(string type, int signedInDays, int? endsInDays, string reference, string pointer) =>
        Assert.Equal(pointer, RegisterAgreement.Decide(
            After(Registered("carrier")), new RegisterAgreement(Other, type, Now.AddDays(signedInDays), endsInDays is { } days ? Now.AddDays(days) : null, reference), Policy("privatealps"), Now).ThenFault().Pointer);

    [Fact]
    public void A_clock_a_little_ahead_is_no_future() => Decide(After(Registered("carrier")), "nda", signedAt: Now.AddMinutes(5)).ThenOne<RecipientEvent.AgreementRegistered>();

    [Fact]
    public void Nobody_signs_who_is_not_on_record() => Decide(After(Array.Empty<RecipientEvent>()), "nda").ThenRefused(404);

    private static Decided Decide(Recipient state, string type, DateTimeOffset? signedAt = null, DateTimeOffset? expiresAt = null, string controller = "privatealps") =>
        RegisterAgreement.Decide(state, new RegisterAgreement(Other, type, signedAt ?? Now.AddDays(-1), expiresAt, "paper-1"), Policy(controller), Now);
}

using Integritet.Disclosure.Recipients;
using static Integritet.Disclosure.Tests.Pure;

namespace Integritet.Disclosure.Tests;

public sealed class RecipientTests
{
    [Fact]
    public void A_recipient_is_registered_once()
    {
        var register = new RegisterRecipient(Id, "carrier", " DHL ", "DE", "adequacy-decision");
        Assert.Equal(new RecipientEvent.Registered(Id, "carrier", "DHL", "DE", "adequacy-decision"), RegisterRecipient.Decide(Recipient.Aggregate.Initial, register).ThenOne<RecipientEvent.Registered>());
        Assert.Empty(RegisterRecipient.Decide(After(Registered("carrier")), register).Then());
    }

    [Theory]
    [InlineData("friend", "DHL", "DE", null, "/kind")]
    [InlineData("carrier", " ", "DE", null, "/name")]
    [InlineData("carrier", "DHL", "de", null, "/country")]
    [InlineData("carrier", "DHL", "Germany", null, "/country")]
    [InlineData("carrier", "DHL", "US", "trust", "/safeguard")]
    public void What_no_recipient_is_has_its_place_named(string kind, string name, string country, string? safeguard, string pointer) =>
        Assert.Equal(pointer, RegisterRecipient.Decide(Recipient.Aggregate.Initial, new RegisterRecipient(Id, kind, name, country, safeguard)).ThenFault().Pointer);

    [Fact]
    public void An_employee_is_given_access_to_categories_of_the_policy()
    {
        var granted = Grant(After(Registered("employee")), ["email", "name"]).ThenOne<RecipientEvent.AccessRightGranted>();
        Assert.Equal(["email", "name"], granted.Categories);
        Assert.Equal("employee", granted.RecipientKind);
    }

    [Fact]
    public void The_same_right_twice_is_one() =>
        Assert.Empty(Grant(After(Registered("employee"), new RecipientEvent.AccessRightGranted(Other, Id, "employee", ["email"], Now, null)), ["email"]).Then());

    [Fact]
    public void Nobody_but_an_employee_is_given_access() => Assert.Equal("#path/id", Grant(After(Registered("supplier")), ["email"]).ThenFault().Pointer);

    [Fact]
    public void A_right_is_to_categories_that_there_are_each_named_once_and_ends_after_it_begins()
    {
        Assert.Equal("/categories", Grant(After(Registered("employee")), []).ThenFault().Pointer);
        Assert.Equal("/categories/1", Grant(After(Registered("employee")), ["email", "shoe-size"]).ThenFault().Pointer);
        Assert.Equal("/categories/1", Grant(After(Registered("employee")), ["email", "email"]).ThenFault().Pointer);
        Assert.Equal("/validTo", Grant(After(Registered("employee")), ["email"], validTo: Now).ThenFault().Pointer);
    }

    [Fact]
    public void Nobody_is_given_access_who_is_not_on_record() => Grant(After(Array.Empty<RecipientEvent>()), ["email"]).ThenRefused(404);

    [Fact]
    public void Agreements_and_rights_know_the_version_that_told_them()
    {
        var recipient = Assert.IsType<Recipient.Registered>(After(
            Registered("employee"), Signed("employee", "nda", Now), new RecipientEvent.AccessRightGranted(Other, Id, "employee", ["email"], Now, null)));
        Assert.Equal((2L, 3L), (Assert.Single(recipient.Agreements).Version, Assert.Single(recipient.AccessRights).Version));
    }

    private static Platform.Hosting.Decided Grant(Recipient state, string[] categories, DateTimeOffset? validTo = null) =>
        GrantAccessRight.Decide(state, new GrantAccessRight(Other, categories, Now, validTo), Policy("privatealps"));
}

using Integritet.Consent.Contacts;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class AgreeContactTests
{
    private static readonly ContactEvent.Agreed Agreed = new(ConsentId, Anna, ContactKind.Email, "ps_ops", "ops@customer.example", Now);
    private static readonly ContactEvent.Removed Removed = new(ConsentId, Anna);

    [Fact]
    public void A_contact_is_recorded_as_agreed() => Assert.Equal(Agreed, AgreeContact.Decide(After(), Agreed, Now).ThenOne<ContactEvent.Agreed>());

    [Fact]
    public void Recording_it_again_changes_nothing() => AgreeContact.Decide(After(Agreed), Agreed, Now).ThenNothing();

    [Fact]
    public void Agreed_on_again_later_it_is_recorded() => AgreeContact.Decide(After(Agreed), Agreed with { AgreedAt = Now.AddDays(1) }, Now.AddDays(1)).ThenOne<ContactEvent.Agreed>();

    [Fact]
    public void After_its_removal_it_can_be_agreed_on_anew() => AgreeContact.Decide(After(Agreed, Removed), Agreed, Now).ThenOne<ContactEvent.Agreed>();

    [Fact]
    public void Nothing_was_agreed_on_in_the_future() => AgreeContact.Decide(After(), Agreed with { AgreedAt = Now.AddMinutes(6) }, Now).ThenRefused(422, "/agreedAt");

    [Fact]
    public void A_clock_a_little_ahead_is_forgiven() => AgreeContact.Decide(After(), Agreed with { AgreedAt = Now.AddMinutes(4) }, Now).ThenOne<ContactEvent.Agreed>();

    [Fact]
    public void Removing_it_again_changes_nothing() => RemoveContact.Decide(After(Agreed, Removed)).ThenNothing();

    [Fact]
    public void What_was_never_agreed_on_is_not_found() => RemoveContact.Decide(After()).ThenRefused(404);

    [Theory]
    [InlineData(ContactKind.Email, " Ops@Customer.Example ", "ops@customer.example")]
    [InlineData(ContactKind.Phone, "00359 2 123 45 67", "+35921234567")]
    public void Two_spellings_are_one_contact(ContactKind kind, string sent, string normal)
    {
        var (one, other) = (Read(kind, sent)!, Read(kind, normal)!);
        Assert.Equal(one, other);
        Assert.Equal(normal, one.Value);
        Assert.StartsWith("ps_", one.Contact, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ContactKind.Email, "no address")]
    [InlineData(ContactKind.Phone, "112")]
    [InlineData(ContactKind.Phone, "ops@customer.example")]
    public void What_is_no_address_of_its_kind_is_pointed_at(ContactKind kind, string value)
    {
        var faults = new List<ProblemError>();
        Assert.Null(AgreeContact.Read(new AgreeContact.Body(new NamedSubject("email", "a@b.se"), kind, value, Now), "almena", Key, faults));
        Assert.Equal(["/value"], faults.Select(f => f.Pointer));
    }

    private static ContactEvent.Agreed? Read(ContactKind kind, string value) => AgreeContact.Read(new AgreeContact.Body(new NamedSubject("email", "a@b.se"), kind, value, Now), "almena", Key, []);

    private static Contact After(params ContactEvent[] events) => Contact.Aggregate.Fold(Contact.Aggregate.Initial, events);
}

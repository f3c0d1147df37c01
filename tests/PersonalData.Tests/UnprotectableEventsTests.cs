namespace Integritet.PersonalData.Tests;

public sealed class UnprotectableEventsTests
{
    private readonly PersonalMembers _members = new(EventJson.Options);

    [Fact]
    public void A_personal_member_that_cannot_become_null_is_refused() => AssertRefused(typeof(NeverNull), "must be nullable");

    [Fact]
    public void A_personal_number_is_refused() => AssertRefused(typeof(PersonalNumber), "string?");

    [Fact]
    public void A_member_whose_shape_is_not_known_is_refused() => AssertRefused(typeof(Anything), "cannot be told");

    [Fact]
    public void Types_that_contain_themselves_are_looked_through() => Assert.True(_members.AnyIn(typeof(Tree)));

    [Fact]
    public void A_type_without_personal_members_has_none() => Assert.False(_members.AnyIn(typeof(ParcelSent)));

    private void AssertRefused(Type type, string reason) =>
        Assert.Contains(reason, Assert.Throws<InvalidOperationException>(() => _members.AnyIn(type)).Message, StringComparison.Ordinal);

    private sealed record NeverNull([DataSubject] string Subject, [Personal] string Value);

    private sealed record PersonalNumber([DataSubject] string Subject, [Personal] int? Value);

    private sealed record Anything(string Id, object Content);

    private sealed record Tree(IReadOnlyList<Tree> Branches, Identifier? Leaf);
}

using System.Collections.Immutable;
using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>What keeps a policy that parses from being published.</summary>
public sealed class CheckTests
{
    [Fact]
    public void A_sound_policy_has_no_problem() => Assert.Empty(Check(Sound));

    [Theory]
    [InlineData(Card, Card + "\n    - {clause: TT-1, categories: card, purposes: support}", "contradiction: whatever TT-1 allows here, TT-3 refuses", "/use/allow/0")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, categories: [email], purposes: [support]}", "says the same as /use/allow/0", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, sources: order}", "can never apply: the operation use has no source", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, actors: employee}", "can never apply: the operation use has no actor", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, recipients: court}", "can never apply: the operation use has no recipient", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, between: [email, name]}", "can never apply: 'between' is about the operation link, not use", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, when: [outgoing]}", "can never apply: outgoing is not known of the operation use", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, needs: [any: [consent, agreed-contact]]}", "can never permit: agreed-contact is not known of the operation use", "/use/allow/1")]
    [InlineData(Support, Support + "\n    - {clause: TT-1, categories: {except: [card, email, log, name]}}", "can never apply: every name is excepted", "/use/allow/1")]
    [InlineData("basis: contract", "basis: none", "'support' has no legal basis, but TT-1 allows data to be used for it", "/purposes/support")]
    [InlineData(", needs: [consent]", "", "'news' rests on consent, but no rule that allows it asks for consent", "/purposes/news")]
    [InlineData("until: {after: P28D}", "until: purposes-ended", "may never end: 'purposes-ended' needs a 'review', or nobody notices a purpose that goes on for ever", "/store/keep/0")]
    [InlineData("until: {after: P28D}", "minimum: {keep: P7Y, reference: {en: a law}}", "never ends: a 'minimum' says when erasure may begin, no rule says when it must", "/store/keep/0")]
    [InlineData("  TT-3:\n    en: Cards are nowhere.", "  TT-3:\n    en: Cards are nowhere.\n  TT-4:\n    en: A promise.", "TT-4 is promised, but no rule carries it out", "/clauses/TT-4")]
    [InlineData("store:", Disclosing + "{clause: TT-1, recipients: [court, police], needs: [agreement: dpa]}\nstore:", "can never permit: no recipient of the kinds court, police can have an agreement of the type dpa", "/disclose/allow/0")]
    [InlineData("store:", Disclosing + "{clause: TT-1, recipients: supplier, needs: [agreement: business]}\nagreements:\n  - {clause: TT-1, recipients: supplier, type: business, after: nda}\n  - {clause: TT-1, recipients: supplier, type: nda, after: business}\nstore:", "can never permit: no recipient of the kinds supplier can have an agreement of the type business", "/disclose/allow/0")]
    [InlineData("store:", "collect:\n  otherwise: TT-1\n  allow:\n    - {clause: TT-1, categories: name, sources: order}\nstore:", "'name' may be collected, but no keep rule says how long it is held", "/store")]
    public void A_policy_that_makes_no_sense_is_told_why(string sound, string faulty, string message, string pointer)
    {
        var text = Sound.Replace(sound, faulty, StringComparison.Ordinal);
        Assert.NotEqual(Sound, text);
        var problem = Assert.Single(Check(text), p => p.Message == message);
        Assert.Equal(pointer, problem.Pointer);
        Assert.True(problem.Line > 1);
    }

    [Fact]
    public void An_example_that_fails_is_told_with_the_answer_it_got()
    {
        var problem = Assert.Single(Check(Sound + "\nexamples:\n  - says: Cards serve support.\n    ask: {operation: use, purpose: support, categories: card}\n    expect: {outcome: permit, rule: TT-1}"));
        Assert.Equal("\"Cards serve support.\": expected permit, got refuse: TT-3 category-forbidden", problem.Message);
        Assert.Equal("/examples/0", problem.Pointer);
    }

    private const string Card = "    - {clause: TT-3, categories: card, code: category-forbidden}\n  allow:";
    private const string Support = "    - {clause: TT-1, categories: [email], purposes: [support]}";
    private const string Disclosing = "disclose:\n  otherwise: TT-1\n  allow:\n    - ";

    private static string Sound => Small.Policy;

    private static ImmutableArray<PolicyProblem> Check(string yaml) => PolicyCheck.Run(CompiledPolicy.Compile(Policies.Parsed(yaml)));
}

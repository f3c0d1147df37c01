using System.Collections.Immutable;
using System.Text;
using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>What the parser refuses, and how it says so.</summary>
public sealed class ParserTests
{
    [Fact]
    public void An_unknown_category_is_told_with_its_place_and_the_one_that_may_be_meant()
    {
        var problem = Assert.Single(Problems(Small.Policy.Replace("categories: [email]", "categories: [emial]", StringComparison.Ordinal)));

        Assert.Equal("unknown category 'emial', did you mean 'email'?", problem.Message);
        Assert.Equal("/use/allow/0/categories/0", problem.Pointer);
        Assert.Equal(Small.LineOf("categories: [email]"), problem.Line);
        Assert.True(problem.Column > 1);
    }

    [Theory]
    [InlineData("purposes: [support]", "purposes: [suport]", "unknown purpose 'suport', did you mean 'support'?")]
    [InlineData("clause: TT-1, categories", "clause: TT-9, categories", "unknown clause 'TT-9', did you mean 'TT-1'?")]
    [InlineData("otherwise: TT-1", "otherwise: TT-7", "unknown clause 'TT-7', did you mean 'TT-1'?")]
    [InlineData("needs: [consent]", "needs: [consnet]", "unknown condition 'consnet', did you mean 'consent'?")]
    [InlineData("needs: [consent]", "neds: [consent]", "unknown key 'neds', did you mean 'needs'?")]
    [InlineData("needs: [consent]", "needs: [agreement]", "'agreement' needs to say which")]
    [InlineData("needs: [consent]", "needs: [encrypted: true]", "'encrypted' takes no detail")]
    [InlineData("needs: [consent]", "needs: []", "an empty list: leave the key out")]
    [InlineData("zone: Europe/Stockholm", "zone: Europe/Stokholm", "unknown time zone 'Europe/Stokholm', did you mean 'Europe/Stockholm'?")]
    [InlineData("country: SE", "country: ZZ", "unknown country 'ZZ'")]
    [InlineData("country: SE", "country: se", "unknown country 'se'")]
    [InlineData("after: P28D", "after: P-28D", "'P-28D' is no ISO 8601 period such as P28D, P1M or P7Y")]
    [InlineData("after: P28D", "after: -P28D", "'-P28D' is no ISO 8601 period such as P28D, P1M or P7Y")]
    [InlineData("after: P28D", "after: P0D", "a period of nothing")]
    [InlineData("after: P28D", "after: P101Y", "longer than a hundred years")]
    [InlineData("after: P28D", "after: P999999999999Y", "'P999999999999Y' is no ISO 8601 period such as P28D, P1M or P7Y")]
    [InlineData("after: P28D", "after: PT28H", "expected calendar days, months or years here, such as P28D")]
    [InlineData("after: P28D", "after: 28 days", "'28 days' is no ISO 8601 period such as P28D, P1M or P7Y")]
    [InlineData("basis: consent", "basis: maybe", "unknown basis 'maybe'")]
    [InlineData("encrypted: true", "encrypted: \"true\"", "expected true or false here")]
    [InlineData("policy-language: 1", "policy-language: 2", "expected a whole number from 1 to 1 here")]
    [InlineData("languages: [en]", "languages: [sv]", "'en' is missing: explanations are given in English too")]
    [InlineData("code: category-forbidden", "code: forbidden", "unknown reason code 'forbidden'")]
    [InlineData(", code: category-forbidden", "", "'code' is missing: a refusal says why, or 'unless' gives the conditions that do")]
    [InlineData("  TT-1:", "  tt1:", "expected a clause id such as NI-4 here")]
    public void A_fault_is_told_in_words(string sound, string faulty, string message) =>
        Assert.Contains(Problems(Small.Policy.Replace(sound, faulty, StringComparison.Ordinal)), problem => problem.Message == message);

    [Theory]
    [InlineData("sources: &a {order: {en: order}}", "anchors are not part of the policy language")]
    [InlineData("sources: *a", "Alias")]
    [InlineData("sources: !!map {order: {en: order}}", "tags are not part of the policy language")]
    [InlineData("sources: {order: {en: order}, order: {en: order}}", "'order' is said twice here")]
    [InlineData("sources:\n\torder: {en: order}", "tabs")]
    [InlineData("sources: {order: {en: order}}\n---\nmore: 1", "a policy is one YAML document")]
    [InlineData("sources: {? [a] : b}", "a key must be a text")]
    [InlineData("sources: \"\\uD800\"", "not YAML")]
    [InlineData("sources: \"\\UFFFFFFFF\"", "not YAML")]
    [InlineData("sources: \"a\\0b\"", "control character U+0000")]
    public void What_is_no_plain_YAML_is_refused(string faulty, string words)
    {
        var problem = Assert.Single(Problems(Small.Policy.Replace("sources: {order: {en: order}}", faulty, StringComparison.Ordinal)));
        Assert.Contains(words, problem.Message, StringComparison.OrdinalIgnoreCase);
        Assert.True(problem.Line >= Small.LineOf("sources:"), problem.ToString());
    }

    [Fact]
    public void A_document_of_ten_megabytes_is_refused_unread() =>
        Assert.Equal("larger than 1048576 bytes", Assert.Single(Problems(Encoding.UTF8.GetBytes(Small.Policy + new string('#', 10_000_000)))).Message);

    [Fact]
    public void Invalid_UTF8_is_refused_with_its_line()
    {
        byte[] bytes = [.. "a: 1\nb: "u8, 0xC3, 0x28];
        Assert.Equal((2, "not UTF-8"), (Assert.Single(Problems(bytes)).Line, Assert.Single(Problems(bytes)).Message));
    }

    [Fact]
    public void A_bomb_of_nested_lists_is_refused_at_its_depth() =>
        Assert.Contains("nested deeper than 32 levels", Assert.Single(Problems(Encoding.UTF8.GetBytes(new string('[', 500_000)))).Message, StringComparison.Ordinal);

    [Fact]
    public void A_flood_of_values_is_refused_at_its_limit() =>
        Assert.Contains("more than 100000 values", Assert.Single(Problems(Encoding.UTF8.GetBytes("a: [" + string.Concat(Enumerable.Repeat("1,", 200_000)) + "1]"))).Message, StringComparison.Ordinal);

    [Fact]
    public void All_problems_are_told_at_once_in_the_documents_order()
    {
        var problems = Problems(Small.Policy.Replace("country: SE", "country: ZZ", StringComparison.Ordinal).Replace("after: P28D", "after: P0D", StringComparison.Ordinal));
        Assert.Equal(2, problems.Length);
        Assert.True(problems[0].Line < problems[1].Line);
    }

    [Fact]
    public void Comments_layout_quoting_and_order_do_not_change_the_hash()
    {
        var written = Policies.Parsed(Small.Policy).Hash;
        Assert.Equal(written, Policies.Parsed("# said otherwise\n" + Small.Policy.Replace("zone: Europe/Stockholm", "zone: 'Europe/Stockholm'", StringComparison.Ordinal)).Hash);
        Assert.Equal(written, Policies.Parsed(Small.Policy.Replace("{en: order}", "{ \"en\":   order }", StringComparison.Ordinal)).Hash);
    }

    [Fact]
    public void A_changed_word_changes_the_hash() =>
        Assert.NotEqual(Policies.Parsed(Small.Policy).Hash, Policies.Parsed(Small.Policy.Replace("{en: order}", "{en: orders}", StringComparison.Ordinal)).Hash);

    [Fact]
    public void The_same_policy_in_JSON_is_the_same_policy()
    {
        var yaml = Policies.Parsed(Small.Policy);
        Assert.Equal(yaml.Hash, Policies.Parsed(yaml.CanonicalBytes.ToArray()).Hash);
    }

    [Fact]
    public void A_fault_in_JSON_has_its_place_too()
    {
        var json = Encoding.UTF8.GetString(Policies.Parsed(Small.Policy).CanonicalBytes.Span).Replace("\"country\":\"SE\"", "\n\"country\":\"ZZ\"", StringComparison.Ordinal);
        var problem = Assert.Single(Problems(Encoding.UTF8.GetBytes(json)));
        Assert.Equal((2, "/controller/country"), (problem.Line, problem.Pointer));
    }

    private static ImmutableArray<PolicyProblem> Problems(string yaml) => Problems(Encoding.UTF8.GetBytes(yaml));

    private static ImmutableArray<PolicyProblem> Problems(byte[] utf8) => Assert.IsType<PolicyParseResult.Faulty>(PolicyParser.Parse(utf8)).Problems;
}

using System.Text;
using Integritet.Platform.PolicyEngine;
using Integritet.Policy.Notice;
using Integritet.Servers;

namespace Integritet.Policy.Tests;

/// <summary>The public notice, made from the rules.</summary>
public sealed class NoticeTests
{
    public static TheoryData<string, string> Languages => new()
    {
        { "privatealps", "sv" }, { "privatealps", "en" }, { "netip", "sv" }, { "netip", "en" }, { "did-virtual-numbers", "nb" }, { "did-virtual-numbers", "en" },
        { "almena", "sv" }, { "almena", "en" }, { "bg-network-services", "bg" }, { "bg-network-services", "en" },
    };

    [Theory, MemberData(nameof(Languages))]
    public void Every_shipped_policy_has_its_notice_in_its_languages(string controller, string language)
    {
        var policy = Shipped(controller);
        var text = MarkdownNotice.Render(PageOf(policy, language));
        Assert.Contains(policy.Controller.Contact, text, StringComparison.Ordinal);
        Assert.All(policy.Clauses.Values, clause => Assert.Contains(clause.In(language).Replace("#", "\\#", StringComparison.Ordinal), text, StringComparison.Ordinal));
        Assert.All(policy.Keep, rule => Assert.Contains($"| {rule.Clause} |", text, StringComparison.Ordinal));
        Assert.Equal(language == "en" ? 0 : -1, text.IndexOf("# How ", StringComparison.Ordinal));
    }

    [Fact]
    public void All_languages_have_the_same_phrases_with_the_same_gaps()
    {
        foreach (var language in new[] { "sv", "nb", "bg" })
        {
            Assert.Equal(Phrases.In("en").Keys.Order(StringComparer.Ordinal), Phrases.In(language).Keys.Order(StringComparer.Ordinal));
            Assert.All(Phrases.In("en").Keys, key => Assert.Equal(Gaps(Phrases.In("en")[key]), Gaps(Phrases.In(language)[key])));
        }

        static IEnumerable<string> Gaps(string phrase) => Enumerable.Range(0, 4).Select(i => $"{{{i}}}").Where(gap => phrase.Contains(gap, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("en", "network log | – | 28 days after it was recorded | NI-1")]
    [InlineData("en", "carriers | name and postal address | the ground is delivering what you bought and the order, contract or law that it rests on is cited | NI-4")]
    [InlineData("en", "complying with the law | name, postal address, e-mail address and phone number | a legal duty | – | NI-3")]
    [InlineData("sv", "nätverkslogg | – | 28 dagar efter att det registrerades | NI-1")]
    [InlineData("sv", "Vi samlar ingenting om den som besöker webbplatsen. (NI-1)")]
    public void The_notice_says_what_the_rules_do(string language, string words) => Assert.Contains(words, MarkdownNotice.Render(PageOf(Shipped("netip"), language)), StringComparison.Ordinal);

    [Fact]
    public void The_notice_names_every_source_and_says_findings_in_one_sentence()
    {
        var notice = MarkdownNotice.Render(PageOf(Shipped("did-virtual-numbers"), "en"));
        Assert.Contains("| cookie, login, registration, support mail, use and web form | – | DV-1 |", notice, StringComparison.Ordinal);
        Assert.Contains("a person responsible has found it valid, lawful and reasonable;", notice, StringComparison.Ordinal);
    }

    [Fact]
    public void The_contact_can_be_written_to() =>
        Assert.Contains("Write to <a href=\"mailto:privacy@netip.example\">privacy@netip.example</a>", HtmlNotice.Render(PageOf(Shipped("netip"), "en")), StringComparison.Ordinal);

    [Fact]
    public void A_text_of_the_policy_is_never_markup()
    {
        var policy = Parsed(Documents.Small(label: "\"<script>alert(1)</script>|*x*\""));
        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;|*x*", HtmlNotice.Render(PageOf(policy, "en")), StringComparison.Ordinal);
        Assert.Contains("\\<script\\>alert(1)\\</script\\>\\|\\*x\\*", MarkdownNotice.Render(PageOf(policy, "en")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_browser_may_load_the_pages_own_style_and_nothing_else()
    {
        Assert.StartsWith("default-src 'none'; style-src 'sha256-", HtmlNotice.ContentSecurityPolicy, StringComparison.Ordinal);
        var html = HtmlNotice.Render(PageOf(Shipped("netip"), "en"));
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
        Assert.DoesNotContain("src=", html, StringComparison.Ordinal);
        var style = html[(html.IndexOf("<style>", StringComparison.Ordinal) + 7)..html.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(style))), HtmlNotice.ContentSecurityPolicy, StringComparison.Ordinal);
    }

    private static Page PageOf(PolicyDocument policy, string language)
    {
        var day = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        return NoticeBuilder.Build(policy, language, 1, day, day);
    }

    private static PolicyDocument Shipped(string controller) => Parsed(File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml")));

    private static PolicyDocument Parsed(string yaml) => Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(Encoding.UTF8.GetBytes(yaml))).Document;
}

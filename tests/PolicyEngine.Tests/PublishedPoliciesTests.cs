using Integritet.Platform.PolicyEngine;

namespace Integritet.PolicyEngine.Tests;

/// <summary>The five policies as they are shipped.</summary>
public sealed class PublishedPoliciesTests
{
    public static TheoryData<string> Controllers => new(Policies.Controllers);

    /// <summary>Each example as a test of its own, named by its sentence.</summary>
    public static TheoryData<string, string> Examples
    {
        get
        {
            var examples = new TheoryData<string, string>();
            foreach (var controller in Policies.Controllers)
                foreach (var example in Policies.Document(controller).Examples)
                    examples.Add(controller, example.Says);
            return examples;
        }
    }

    [Theory, MemberData(nameof(Examples))]
    public void The_policy_answers_as_its_example_says(string controller, string says)
    {
        var policy = Policies.Compiled(controller);
        var example = policy.Document.Examples.Single(e => e.Says == says);
        Assert.Empty(PolicyExamples.Run(CompiledPolicy.Compile(policy.Document with { Examples = [example] })).Select(problem => problem.ToString()));
    }

    [Theory, MemberData(nameof(Controllers))]
    public void A_shipped_policy_passes_every_check(string controller) => Assert.Empty(PolicyCheck.Run(Policies.Compiled(controller)).Select(problem => problem.ToString()));

    [Theory, MemberData(nameof(Controllers))]
    public void A_shipped_policy_is_its_file_names_controllers(string controller) => Assert.Equal(controller, Policies.Document(controller).Controller.Id);

    [Theory]
    [InlineData("privatealps", "PA", 8)]
    [InlineData("netip", "NI", 11)]
    [InlineData("did-virtual-numbers", "DV", 14)]
    [InlineData("almena", "AL", 11)]
    [InlineData("bg-network-services", "BG", 11)]
    public void Every_clause_of_the_controller_is_in_its_policy(string controller, string prefix, int clauses) =>
        Assert.Equal(Enumerable.Range(1, clauses).Select(n => $"{prefix}-{n}").Order(StringComparer.Ordinal), Policies.Document(controller).Clauses.Keys.Where(id => id.StartsWith(prefix + "-", StringComparison.Ordinal)));

    [Theory, MemberData(nameof(Controllers))]
    public void Every_rule_that_decides_has_an_example_that_it_permits_or_refuses(string controller)
    {
        var document = Policies.Document(controller);
        var deciding = document.Blocks.Values.SelectMany(b => b.Allow.Select(r => r.Clause).Concat(b.Refuse.Select(r => r.Clause))).Concat(document.Always.Select(a => a.Rule.Clause)).Distinct(StringComparer.Ordinal);
        Assert.Empty(deciding.Except(document.Examples.Select(example => example.Rule), StringComparer.Ordinal));
    }

    [Theory, MemberData(nameof(Controllers))]
    public void Every_purpose_and_category_is_known_by_the_vocabulary_that_callers_use(string controller)
    {
        var (categories, purposes, sources) = Expected[controller];
        var document = Policies.Document(controller);
        Assert.Equal(categories.Split(' ').Order(StringComparer.Ordinal), document.Categories.Keys);
        Assert.Equal(purposes.Split(' ').Order(StringComparer.Ordinal), document.Purposes.Keys);
        Assert.Equal(sources.Split(' ').Order(StringComparer.Ordinal), document.Sources.Keys);
    }

    private static readonly Dictionary<string, (string Categories, string Purposes, string Sources)> Expected = new(StringComparer.Ordinal)
    {
        ["privatealps"] = (
            "name email payment-card server-content database stored-email web-history storage-file vpn-log other-entrusted",
            "technical-contact network-contact billing-contact abuse-contact abuse-investigation",
            "order registration"),
        ["netip"] = (
            "visitor-data network-log customer-log name postal-address email phone mail-message transaction-record",
            "network-operation service-delivery delivery assignment contract-performance legal-compliance mass-mailing",
            "order web-visit mail network"),
        ["did-virtual-numbers"] = (
            "name email phone account-data usage-data support-message payment-card bank-account security-measures",
            "service-operation service-improvement service-notice advertising terms",
            "registration login use web-form cookie support-mail third-party"),
        ["almena"] = (
            "name company email phone billing-address payment-card location ip-address browser pages-visited referrer usage-metadata video-interaction support-issue device call-recording social-profile survey-answer",
            "service-provision content improvement support search own-marketing third-party-advertising targeting diagnostics security-compliance site-administration communication personalisation payment quality-control training own-protection statistics third-party-collection",
            "registration offer phone email payment web-visit use call social-network event survey public-source third-party"),
        ["bg-network-services"] = (
            "name email phone ip-address cookie-id device-interaction technical-parameters service-usage device-access certificate service-data",
            "technical-service financial-service service-personalisation operation notification advertising terms",
            "order use monitoring support"),
    };
}

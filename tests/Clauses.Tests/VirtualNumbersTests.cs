using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

[Collection(Alone.Name)]
public sealed class VirtualNumbersTests(Installation installation)
{
    private static readonly string[] CustomerData = ["name", "email", "phone", "account-data", "usage-data", "support-message"];

    private static readonly string[] Sources = ["registration", "login", "use", "web-form", "cookie", "support-mail"];

    private readonly Controller _numbers = new(installation, "did-virtual-numbers");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "did-virtual-numbers"));
    private readonly Publishing _policy = new(installation, "did-virtual-numbers");

    [Fact]
    [Clause("DV-1")]
    public async Task DV_1_data_is_gathered_from_the_listed_sources_and_the_source_is_recorded()
    {
        foreach (var source in Sources)
        {
            var answer = await _numbers.MayAsync("collect", new { categories = CustomerData, source, subject = Controller.SomeSubject() });
            answer.ShouldPermit("DV-1");
            Assert.Equal(source, (string?)(await _numbers.GetAsync($"decisions/{(string?)answer["decisionId"]}/explanation", "auditor"))["question"]!["source"]);
        }
    }

    [Fact]
    [Clause("DV-1")]
    public async Task DV_1_a_source_that_is_not_listed_is_refused()
    {
        foreach (var source in new[] { "data-broker", "public-source", "Registration" })
            (await _numbers.MayAsync("collect", new { categories = new[] { "email" }, source })).ShouldRefuse("DV-1", "source-not-listed");
        (await _numbers.MayAsync("collect", new { categories = new[] { "email" } })).ShouldRefuse("DV-1", "source-not-listed");
    }

    [Fact]
    [Clause("DV-1")]
    public async Task DV_1_third_parties_only_where_it_is_stated_why_that_is_lawful()
    {
        (await _numbers.MayAsync("collect", new { categories = new[] { "email" }, source = "third-party" })).ShouldRefuse("DV-1", "lawful-source-missing");
        (await _numbers.MayAsync("collect", new { categories = new[] { "email" }, source = "third-party", lawfulSource = " " })).ShouldRefuse("DV-1", "lawful-source-missing");
        (await _numbers.MayAsync("collect", new { categories = new[] { "email" }, source = "third-party", lawfulSource = "agreement 17" })).ShouldPermit("DV-1");
    }

    [Fact]
    [Clause("DV-3", Part = "collect")]
    public async Task DV_3_no_card_and_no_bank_account_is_ever_collected()
    {
        var subject = Controller.SomeSubject();
        await _numbers.ConsentAsync(subject, "terms", "use");
        var questions = from source in Sources.Append("third-party") from category in new[] { "payment-card", "bank-account" }
                        select new { categories = new[] { category }, source, subject, lawfulSource = "agreement 17", exception = new { ground = "legal-claim", reference = "17" } };
        Assert.All(await _numbers.MayAllAsync("collect", questions), a => a.ShouldRefuse("DV-3", "category-forbidden"));
        var uses = from purpose in new[] { "service-operation", "service-improvement", "service-notice", "terms" } from category in new[] { "payment-card", "bank-account" } select new { categories = new[] { category }, purpose, subject };
        Assert.All(await _numbers.MayAllAsync("use", uses), a => a.ShouldRefuse("DV-3", "category-forbidden"));
    }

    [Fact]
    [Clause("DV-2")]
    public async Task DV_2_data_runs_and_improves_the_services_and_tells_of_important_changes()
    {
        foreach (var purpose in new[] { "service-operation", "service-improvement", "service-notice" })
            (await _numbers.MayAsync("use", new { purpose, categories = CustomerData, subject = Controller.SomeSubject() })).ShouldPermit("DV-2");
    }

    [Fact]
    [Clause("DV-2")]
    public async Task DV_2_it_is_used_for_nothing_else_even_with_consent()
    {
        var subject = Controller.SomeSubject();
        await _numbers.ConsentAsync(subject, "advertising");
        await _numbers.ConsentAsync(subject, "terms", "use");
        foreach (var category in CustomerData)
        {
            (await _numbers.MayAsync("use", new { purpose = "advertising", categories = new[] { category }, subject })).ShouldRefuse("DV-2");
            (await _numbers.MayAsync("use", new { purpose = "terms", categories = new[] { category }, subject })).ShouldRefuse("DV-2");
        }
    }

    [Fact]
    [Clause("DV-11")]
    public async Task DV_11_using_the_services_is_recorded_against_the_version_in_force()
    {
        var consent = await _numbers.ConsentAsync(Controller.SomeSubject(), "terms", "use");
        Assert.Equal((int?)(await _numbers.MayAsync("use", new { purpose = "service-operation", categories = new[] { "email" } }))["policyVersion"], (int?)consent["policyVersion"]);
        Assert.Equal("none", (string?)consent["purposes"]![0]!["effect"]);
    }

    [Fact]
    [Clause("DV-14", Part = "registration")]
    public async Task DV_14_a_parent_or_subsidiary_that_the_policy_lists_is_part_of_the_controller()
    {
        foreach (var listed in new[] { "DID Virtual Numbers Holding", "DID Virtual Numbers Services" })
        {
            Assert.Equal("DV-14", (string?)(await _officer.RecipientAsync("group-company", "NO", name: listed))["partOfController"]);
            Assert.Null((await _officer.RecipientAsync("group-company", "NO", name: $"{listed} II"))["partOfController"]);
            Assert.Null((await _officer.RecipientAsync("other", "NO", name: listed))["partOfController"]);
        }
    }

    [Fact]
    [Clause("DV-11")]
    public Task DV_11_new_terms_decide_nothing_before_they_are_published() => PublicationBeforeEffect.HoldsAsync(
        _numbers, _policy, () => _numbers.MayAsync("use", new { purpose = "service-operation", categories = new[] { "email" } }), "DV-11");

    [Fact]
    [Clause("DV-11")]
    public async Task DV_11_who_uses_the_services_afterwards_consents_to_the_new_version()
    {
        var subject = Controller.SomeSubject();
        var before = await _numbers.ConsentAsync(subject, "terms", "use");
        var version = await _policy.DraftAsync();
        await _policy.PublishAsync(version);
        await Calls.EventuallyAsync(
            () => _numbers.MayAsync("use", new { purpose = "service-operation", categories = new[] { "email" } }), a => (int?)a["policyVersion"] == version, $"version {version} decides");
        Assert.Equal(version, (int?)(await _numbers.ConsentAsync(subject, "terms", "use"))["policyVersion"]);
        Assert.NotEqual(version, (int?)(await _numbers.GetAsync($"consents/{(string?)before["consentId"]}", "auditor"))["policyVersion"]);
    }

    [Theory]
    [InlineData("nb")]
    [InlineData("en")]
    [Clause("DV-14", Part = "joint controllers are named")]
    public async Task DV_14_the_notice_names_the_companies_that_act_as_one(string language)
    {
        var notice = await _policy.NoticeAsync("in-force", language);
        foreach (var company in new[] { "DID Virtual Numbers Holding", "DID Virtual Numbers Services" })
            Assert.Contains(company, notice, StringComparison.Ordinal);
    }
}

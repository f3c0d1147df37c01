using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class VirtualNumbersTests(Installation installation)
{
    private static readonly string[] CustomerData = ["name", "email", "phone", "account-data", "usage-data", "support-message"];

    private readonly Controller _numbers = new(installation, "did-virtual-numbers");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "did-virtual-numbers"));

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
    [Clause("DV-11", Part = "consent by use")]
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
}

using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>What the law asks of every controller, whatever its policy says.</summary>
public sealed class LawTests(Installation installation)
{
    private static readonly string[] Everybody = ["privatealps", "netip", "did-virtual-numbers", "almena", "bg-network-services"];

    [Fact]
    [Clause("LAW-7")]
    public async Task LAW_7_one_call_withdraws_and_again_says_the_same()
    {
        foreach (var (controller, purpose) in Everybody.Zip(["technical-contact", "mass-mailing", "advertising", "targeting", "advertising"]))
        {
            var (at, subject) = (new Controller(installation, controller), Controller.SomeSubject());
            var consent = await at.ConsentAsync(subject, purpose);
            var withdrawn = await at.WithdrawAsync(consent);
            Assert.Equal("withdrawn", (string?)withdrawn["status"]);
            Assert.Equal(withdrawn.ToJsonString(), (await at.WithdrawAsync(consent)).ToJsonString());
        }
    }

    [Fact]
    [Clause("LAW-7")]
    public async Task LAW_7_the_receipt_proves_what_was_agreed_to_and_what_became_of_it()
    {
        var (almena, subject) = (new Controller(installation, "almena"), Controller.SomeSubject());
        var consent = await almena.ConsentAsync(subject, "own-marketing");
        await almena.WithdrawAsync(consent);
        var receipt = await almena.GetAsync($"consents/{(string?)consent["consentId"]}/receipt", "auditor");
        Assert.Equal((string?)consent["consentId"], (string?)receipt["record_id"]);
        Assert.Equal(["dpv:ConsentGiven", "dpv:ConsentWithdrawn"], receipt["events"]!.AsArray().Select(e => (string?)e!["event_state"]));
        Assert.Equal("own-marketing", (string?)receipt["processing"]![0]!["purposes"]![0]!["name"]);
        var history = await almena.GetAsync($"consents/{(string?)consent["consentId"]}/history", "auditor");
        Assert.Equal(["given", "withdrawn"], history["items"]!.AsArray().Select(e => (string?)e!["event"]));
    }

    [Fact]
    [Clause("LAW-7")]
    public async Task LAW_7_a_person_withdraws_without_anybodys_help()
    {
        var (almena, subject) = (new Controller(installation, "almena"), Controller.SomeSubject());
        var consent = await almena.ConsentAsync(subject, "own-marketing");
        var token = await almena.PostAsync("subject-tokens", new JsonObject { ["subject"] = subject.DeepClone(), ["expiresIn"] = "PT5M" }, HttpStatusCode.Created);
        using var self = new HttpClient { BaseAddress = installation.Url };
        self.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", (string)token["token"]!);
        using var response = await self.PostAsJsonAsync($"/v1/almena/consents/{(string?)consent["consentId"]}/withdrawal", new { method = "web-form" }, TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        (await almena.MayAsync("use", new { purpose = "own-marketing", categories = new[] { "email" }, subject, context = new { country = "SE" } })).ShouldRefuse("AL-3", "consent-withdrawn");
    }
}

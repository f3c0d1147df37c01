using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class NetIpTests(Installation installation)
{
    private readonly Controller _netip = new(installation, "netip");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "netip"));

    [Fact]
    [Clause("NI-9")]
    public async Task NI_9_mass_mailing_is_refused_even_with_a_consent_on_record()
    {
        var subject = Controller.SomeSubject();
        var question = new { purpose = "mass-mailing", categories = new[] { "email" }, subject };
        (await _netip.MayAsync("use", question)).ShouldRefuse("NI-9", "purpose-forbidden");
        var consent = await _netip.ConsentAsync(subject, "mass-mailing");
        Assert.Equal("none", (string?)consent["purposes"]![0]!["effect"]);
        (await _netip.MayAsync("use", question)).ShouldRefuse("NI-9", "purpose-forbidden");
    }

    [Fact]
    [Clause("NI-9")]
    public async Task NI_9_not_even_anonymised_or_under_an_exception()
    {
        foreach (var category in new[] { "name", "email", "phone", "postal-address" })
        {
            (await _netip.MayAsync("use", new { purpose = "mass-mailing", categories = new[] { category }, anonymised = true })).ShouldRefuse("NI-9");
            (await _netip.MayAsync("use", new { purpose = "mass-mailing", categories = new[] { category }, exception = new { ground = "public-interest", reference = "17" } })).ShouldRefuse("NI-9");
        }
    }

    [Fact]
    [Clause("NI-10", Part = "refusals")]
    public async Task NI_10_a_refusal_gives_the_one_contact() =>
        Assert.Equal("privacy@netip.example", (string?)(await _netip.MayAsync("use", new { purpose = "mass-mailing", categories = new[] { "email" } }))["contact"]);

    [Fact]
    [Clause("LAW-7")]
    public async Task LAW_7_consent_is_provable_and_withdrawn_in_one_call()
    {
        var subject = Controller.SomeSubject();
        var consent = await _netip.ConsentAsync(subject, "mass-mailing");
        var withdrawn = await _netip.WithdrawAsync(consent);
        Assert.Equal("withdrawn", (string?)withdrawn["status"]);
        Assert.Equal(withdrawn.ToJsonString(), (await _netip.WithdrawAsync(consent)).ToJsonString());
        var receipt = await _netip.GetAsync($"consents/{(string?)consent["consentId"]}/receipt", "auditor");
        Assert.Equal((string?)consent["consentId"], (string?)receipt["record_id"]);
        Assert.Equal(["dpv:ConsentGiven", "dpv:ConsentWithdrawn"], receipt["events"]!.AsArray().Select(e => (string?)e!["event_state"]));
        var found = await _netip.PostAsync("consents/search", new JsonObject { ["subject"] = subject.DeepClone(), ["asOf"] = (string?)consent["givenAt"] }, HttpStatusCode.OK);
        Assert.Equal("given", (string?)Assert.Single(found["items"]!.AsArray())!["status"]);
    }

    [Fact]
    [Clause("NI-11", Part = "access")]
    public async Task NI_11_the_mail_store_is_read_by_employees_with_a_right_over_an_encrypted_channel()
    {
        var employee = await _officer.EmployeeAsync("mail-message");
        (await ReadMailAsync(employee, "employee", encrypted: true)).ShouldPermit("NI-11");
        (await ReadMailAsync(employee, "employee", encrypted: false)).ShouldRefuse("NI-11", "not-encrypted");
        (await ReadMailAsync(employee, "supplier", encrypted: true)).ShouldRefuse("NI-11");
        (await ReadMailAsync(await _officer.EmployeeAsync("network-log"), "employee", encrypted: true)).ShouldRefuse("NI-11", "access-right-missing");
    }

    private Task<JsonNode> ReadMailAsync(JsonNode actor, string kind, bool encrypted) =>
        _netip.MayAsync("access", new { categories = new[] { "mail-message" }, actor = new { kind, id = (string?)actor["recipientId"], encrypted } });
}

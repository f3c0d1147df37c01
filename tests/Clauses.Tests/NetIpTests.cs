using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class NetIpTests(Installation installation)
{
    private static readonly string[] Contact = ["name", "postal-address", "email", "phone"];

    private readonly Controller _netip = new(installation, "netip");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "netip"));
    private readonly Publishing _policy = new(installation, "netip");

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
    [Clause("NI-1", Part = "collect")]
    public async Task NI_1_nothing_about_visitors_is_gathered()
    {
        foreach (var source in new[] { "web-visit", "order", "mail", "network" })
            (await _netip.MayAsync("collect", new { categories = new[] { "visitor-data" }, source })).ShouldRefuse("NI-1", "category-forbidden");
        (await _netip.MayAsync("collect", new { categories = new[] { "visitor-data" }, source = "web-visit", anonymised = true })).ShouldRefuse("NI-1");
        (await _netip.MayAsync("collect", new { categories = new[] { "name", "email" }, source = "web-visit" })).ShouldRefuse("NI-1");
        (await _netip.MayAsync("collect", new { categories = new[] { "network-log" }, source = "network" })).ShouldPermit("NI-1");
    }

    [Fact]
    [Clause("NI-3", Part = "collect and use")]
    public async Task NI_3_what_an_order_gives_serves_to_deliver_what_was_bought_and_nothing_else()
    {
        (await _netip.MayAsync("collect", new { categories = Contact, source = "order" })).ShouldPermit("NI-3");
        foreach (var purpose in new[] { "service-delivery", "delivery", "assignment", "contract-performance", "legal-compliance" })
            (await _netip.MayAsync("use", new { purpose, categories = Contact, subject = Controller.SomeSubject() })).ShouldPermit("NI-3");
        (await _netip.MayAsync("use", new { purpose = "network-operation", categories = new[] { "email" } })).ShouldRefuse("NI-3");
        (await _netip.MayAsync("use", new { purpose = "service-delivery", categories = new[] { "transaction-record" } })).ShouldRefuse("NI-3");
    }

    [Fact]
    [Clause("NI-3", Part = "collect and use")]
    public async Task NI_3_here_a_disclosure_gets_advice_which_permits_nothing()
    {
        var answer = await _netip.MayAsync("disclose", new { categories = Contact, subject = Controller.SomeSubject() });
        Assert.True((bool?)answer["advisory"]);
        answer.ShouldRefuse("NI-3", "ground-missing");
    }

    [Fact]
    [Clause("NI-10")]
    public async Task NI_10_every_refusal_gives_the_one_contact()
    {
        var refused = new (string Operation, object Question)[]
        {
            ("use", new { purpose = "mass-mailing", categories = new[] { "email" } }),
            ("collect", new { categories = new[] { "visitor-data" }, source = "web-visit" }),
            ("access", new { categories = new[] { "mail-message" }, actor = new { kind = "employee", id = "nobody" } }),
            ("link", new { categories = new[] { "name", "email" } }),
            ("notify", new { purpose = "mass-mailing", context = new { to = "anna@customer.example" } }),
            ("transfer", new { categories = new[] { "name" }, context = new { destination = "US" } }),
            ("disclose", new { categories = new[] { "name" } }),
        };
        foreach (var (operation, question) in refused)
        {
            var answer = await _netip.MayAsync(operation, question);
            Assert.True((string?)answer["outcome"] == "refuse", $"{operation}: {answer}");
            Assert.Equal("privacy@netip.example", (string?)answer["contact"]);
        }
    }

    [Theory]
    [InlineData("sv")]
    [InlineData("en")]
    [Clause("NI-10")]
    public async Task NI_10_the_published_notice_gives_it_and_no_other(string language)
    {
        foreach (var mediaType in new[] { "text/html", "text/markdown" })
        {
            var words = (await _policy.NoticeAsync("in-force", language, mediaType)).Split([' ', '\n', '<', '>', '"', '|', ':'], StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal("privacy@netip.example", Assert.Single(words.Where(word => word.Contains('@', StringComparison.Ordinal) && word[0] != '@').Select(word => word.TrimEnd('.')).Distinct(StringComparer.Ordinal)));
        }
    }

    [Fact]
    [Clause("NI-11")]
    public async Task NI_11_the_mail_store_is_not_read_over_an_open_connection()
    {
        foreach (var kind in new[] { "employee", "supplier", "user", "system" })
            (await _netip.MayAsync("access", new { categories = new[] { "mail-message" }, actor = new { kind, id = "somebody", encrypted = false } })).ShouldRefuse("NI-11");
        (await _netip.MayAsync("access", new { categories = new[] { "mail-message" }, actor = new { kind = "employee", id = "somebody" } })).ShouldRefuse("NI-11", "not-encrypted");
        (await _netip.MayAsync("access", new { categories = new[] { "mail-message" }, actor = new { kind = "employee", id = "somebody", encrypted = true } })).ShouldRefuse("NI-11", "access-right-missing");
    }

    [Theory]
    [InlineData("privatealps", "billing-contact", "web-form")]
    [InlineData("netip", "mass-mailing", "web-form")]
    [InlineData("did-virtual-numbers", "terms", "use")]
    [InlineData("almena", "own-marketing", "web-form")]
    [InlineData("bg-network-services", "terms", "order")]
    [Clause("LAW-7")]
    public async Task LAW_7_consent_is_provable_and_withdrawn_in_one_call(string id, string purpose, string method)
    {
        var controller = new Controller(installation, id);
        var subject = Controller.SomeSubject();
        var consent = await controller.ConsentAsync(subject, purpose, method, "free", "specific", "informed", "unambiguous");
        var withdrawn = await controller.WithdrawAsync(consent);
        Assert.Equal("withdrawn", (string?)withdrawn["status"]);
        Assert.Equal(withdrawn.ToJsonString(), (await controller.WithdrawAsync(consent)).ToJsonString());
        var receipt = await controller.GetAsync($"consents/{(string?)consent["consentId"]}/receipt", "auditor");
        Assert.Equal((string?)consent["consentId"], (string?)receipt["record_id"]);
        Assert.Equal(["dpv:ConsentGiven", "dpv:ConsentWithdrawn"], receipt["events"]!.AsArray().Select(e => (string?)e!["event_state"]));
        var found = await controller.PostAsync("consents/search", new JsonObject { ["subject"] = subject.DeepClone(), ["asOf"] = (string?)consent["givenAt"] }, HttpStatusCode.OK);
        Assert.Equal("given", (string?)Assert.Single(found["items"]!.AsArray())!["status"]);
    }

    [Fact]
    [Clause("NI-11")]
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

using System.Net;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class BgNetworkServicesTests(Installation installation)
{
    private static readonly string[] Identity = ["name", "email", "phone"];
    private static readonly string[] Qualities = ["free", "specific", "informed", "unambiguous"];

    private readonly Controller _bg = new(installation, "bg-network-services");

    [Fact]
    [Clause("BG-2", Part = "use")]
    public async Task BG_2_name_email_and_phone_serve_technical_and_financial_service()
    {
        foreach (var purpose in new[] { "technical-service", "financial-service" })
            (await _bg.MayAsync("use", new { purpose, categories = Identity, subject = Controller.SomeSubject() })).ShouldPermit("BG-2");
    }

    [Fact]
    [Clause("BG-2", Part = "use")]
    public async Task BG_2_other_purposes_are_refused_even_with_consent_on_record()
    {
        var subject = Controller.SomeSubject();
        await _bg.ConsentAsync(subject, "advertising");
        await _bg.ConsentAsync(subject, "terms", "order", Qualities);
        foreach (var purpose in new[] { "advertising", "terms", "operation", "notification", "service-personalisation" })
            foreach (var category in Identity)
                (await _bg.MayAsync("use", new { purpose, categories = new[] { category }, subject })).ShouldRefuse("BG-2");
    }

    [Fact]
    [Clause("BG-1")]
    public async Task BG_1_ordering_or_using_is_consent_when_its_four_qualities_are_evidenced()
    {
        foreach (var method in new[] { "order", "use" })
        {
            var consent = await _bg.ConsentAsync(Controller.SomeSubject(), "terms", method, Qualities);
            Assert.Equal(1, (int?)consent["policyVersion"]);
        }
    }

    [Fact]
    [Clause("BG-1")]
    public async Task BG_1_without_one_of_the_qualities_or_by_another_act_it_is_none()
    {
        foreach (var missing in Qualities)
        {
            var problem = await _bg.PostAsync("consents", Controller.Consent(Controller.SomeSubject(), "terms", "order", [.. Qualities.Where(q => q != missing)]), HttpStatusCode.UnprocessableEntity);
            var error = Assert.Single(problem["errors"]!.AsArray())!;
            Assert.Equal(("quality-missing", "BG-1"), ((string?)error["code"], (string?)error["rule"]));
        }
        var byPhone = await _bg.PostAsync("consents", Controller.Consent(Controller.SomeSubject(), "terms", "phone", Qualities), HttpStatusCode.UnprocessableEntity);
        Assert.Equal("BG-1", (string?)byPhone["errors"]![0]!["rule"]);
    }

    [Fact]
    [Clause("BG-4")]
    public async Task BG_4_customers_are_not_linked_to_online_identifiers()
    {
        foreach (var identity in Identity)
            foreach (var online in new[] { "ip-address", "cookie-id" })
                (await _bg.MayAsync("link", new { categories = new[] { identity, online } })).ShouldRefuse("BG-4", "link-forbidden");
    }

    [Fact]
    [Clause("BG-4")]
    public async Task BG_4_those_serve_only_to_personalise_the_service()
    {
        foreach (var online in new[] { "ip-address", "cookie-id" })
        {
            (await _bg.MayAsync("use", new { purpose = "service-personalisation", categories = new[] { online } })).ShouldPermit("BG-4");
            foreach (var purpose in new[] { "technical-service", "advertising", "operation" })
                (await _bg.MayAsync("use", new { purpose, categories = new[] { online } })).ShouldRefuse("BG-4");
        }
    }
}

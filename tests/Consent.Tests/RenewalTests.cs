using System.Net;
using System.Text.Json.Nodes;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

/// <summary>Whom a newer policy version makes it necessary to ask again.</summary>
public sealed class RenewalTests(Installation installation)
{
    private static readonly DateTimeOffset Long = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Consents_that_a_newer_version_does_not_cover_are_listed_with_the_reason()
    {
        const string controller = "renewals";
        await PublishAsync(controller, 1, Document("almena"));
        var (anna, bertil, cecilia, david) = (await Customer.OfAsync(installation, controller), await Customer.OfAsync(installation, controller), await Customer.OfAsync(installation, controller), await Customer.OfAsync(installation, controller));
        var annas = await anna.GiveAsync("own-marketing", "targeting");
        await bertil.WithdrawAsync(await bertil.GiveAsync("targeting"));
        await cecilia.GiveAsync("targeting");
        var davids = await david.GiveAsync("third-party-collection", "targeting");
        await david.RefuseAsync(new { subject = david.Subject, purposes = new[] { "targeting" }, method = "web-form", language = "sv" });
        await PublishAsync(controller, 2, Renamed());
        await cecilia.GiveAsync("targeting");

        var first = await ListAsync(controller, "?version=2&limit=1");
        var second = await ListAsync(controller, $"?version=2&limit=1&after={first["next"]}");

        Assert.Equal((string)annas["consentId"]!, (string)Assert.Single(first["items"]!.AsArray())!["consentId"]!);
        Assert.Equal(
            """[{"purpose":"targeting","because":[{"kind":"description","detail":"It was called 'targeting' (en), and is now called 'targeted offers'."}]}]""",
            first["items"]![0]!["purposes"]!.ToJsonString().Replace("\\u0027", "'", StringComparison.Ordinal));
        Assert.Equal(anna.Pseudonym, (string)first["items"]![0]!["subject"]!);
        var last = Assert.Single(second["items"]!.AsArray())!;
        Assert.Equal(((string)davids["consentId"]!, "third-party-collection"), ((string)last["consentId"]!, (string)Assert.Single(last["purposes"]!.AsArray())!["purpose"]!));
        Assert.Null(second["next"]);
        Assert.Empty((await ListAsync(controller, "?version=1"))["items"]!.AsArray());
    }

    [Fact]
    public async Task Who_has_consented_anew_under_another_identifier_is_not_asked()
    {
        const string controller = "renewals-of-linked";
        await PublishAsync(controller, 1, Document("almena"));
        var (mail, other, service) = (await Customer.OfAsync(installation, controller), await Customer.OfAsync(installation, controller), await installation.ServiceAsync());
        await mail.GiveAsync("targeting");
        await PublishAsync(controller, 2, Renamed());
        Assert.Single((await ListAsync(controller, ""))["items"]!.AsArray());

        await other.GiveAsync("targeting");
        Assert.Single((await ListAsync(controller, ""))["items"]!.AsArray());
        (await service.PostAsync(mail.Path("subjects/links"), mail.System, new { subjects = new[] { mail.Subject, other.Subject }, evidence = "login" })).Ok(HttpStatusCode.Created);
        Assert.Empty((await ListAsync(controller, ""))["items"]!.AsArray());
    }

    [Theory]
    [InlineData("?version=77", HttpStatusCode.NotFound)]
    [InlineData("?version=0", HttpStatusCode.BadRequest)]
    [InlineData("?limit=101", HttpStatusCode.BadRequest)]
    [InlineData("?after=-1", HttpStatusCode.BadRequest)]
    public async Task What_cannot_be_listed_is_a_problem(string query, HttpStatusCode status) =>
        Assert.Equal(status, (await (await installation.ServiceAsync()).GetAsync("/v1/almena/consents/to-renew" + query, installation.Token("officer"))).Status);

    [Fact]
    public async Task A_customer_is_not_shown_who_must_be_asked() =>
        Assert.Equal(HttpStatusCode.Forbidden, (await (await installation.ServiceAsync()).GetAsync("/v1/almena/consents/to-renew", installation.Token("subject", subject: "ps_anna"))).Status);

    private static string Renamed() => Document("almena")
        .Replace("en: targeting}", "en: targeted offers}", StringComparison.Ordinal)
        .Replace("sources: third-party, needs: [consent: third-party-collection]", "sources: [third-party, public-source], needs: [consent: third-party-collection]", StringComparison.Ordinal);

    private async Task PublishAsync(string controller, int version, string document)
    {
        var service = await installation.ServiceAsync();
        await installation.PublishPolicyAsync(controller, version, document, Long);
        await Until.TrueAsync(async () => (await service.GetAsync($"/v1/{controller}/consents/to-renew?version={version}", installation.Token("officer"))).Status == HttpStatusCode.OK);
    }

    private async Task<JsonNode> ListAsync(string controller, string query) =>
        (await (await installation.ServiceAsync()).GetAsync($"/v1/{controller}/consents/to-renew{query}", installation.Token("officer"))).Ok();
}

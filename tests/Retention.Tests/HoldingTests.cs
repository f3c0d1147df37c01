using System.Net;
using System.Text.Json.Nodes;
using Integritet.Contracts;
using static Integritet.Retention.Tests.Case;

namespace Integritet.Retention.Tests;

/// <summary>Holdings over HTTP, one at a time.</summary>
public sealed class HoldingTests(Installation installation)
{
    [Fact]
    public async Task A_holding_is_registered_with_its_plan_and_shown_with_the_arithmetic()
    {
        var netip = await OfAsync(installation, "netip");

        var registered = await netip.RegisterAsync(Holding(SomeEmail(), "netflow", "network-log", "network-operation", "2026-10-10T08:00:00Z"));

        Assert.Equal(("NI-1", Pure.At("2026-11-07T09:00:00Z")), ((string?)registered["rule"], registered.Instant("dueAt")));
        Assert.Empty(registered["waitingFor"]!.AsArray());
        var shown = await netip.ShowAsync(registered);
        var end = Assert.Single(shown["arithmetic"]!.AsArray())!;
        Assert.Equal(["recorded", "period"], end["steps"]!.AsArray().Select(s => (string?)s!["step"]));
        Assert.Equal("2026-11-07 10:00:00 +01", (string?)end["steps"]![1]!["local"]);
        Assert.Equal(("held", "Europe/Stockholm", 1), ((string?)shown["status"], (string?)shown["zone"], (int)shown["policyVersion"]!));
    }

    [Fact]
    public async Task The_same_again_is_the_same_holding_and_other_content_under_its_reference_is_refused()
    {
        var netip = await OfAsync(installation, "netip");
        var holding = Holding(SomeEmail(), "crm", "name", "service-delivery");
        var first = await netip.RegisterAsync(holding);

        Assert.Equal((string?)first["holdingId"], (string?)(await netip.RegisterAsync(holding))["holdingId"]);
        holding["purposes"] = new JsonArray("delivery");
        (await netip.PostAsync("holdings", holding)).Problem(409, "/reference");
    }

    [Fact]
    public async Task A_repeat_with_its_idempotency_key_is_answered_as_the_first_was()
    {
        var netip = await OfAsync(installation, "netip");
        var holding = Holding(SomeEmail(), "crm", "name", "service-delivery");
        var key = ("Idempotency-Key", Some("key"));

        var first = (await netip.PostAsync("holdings", holding, "system", key)).Ok(HttpStatusCode.Created);
        var again = (await netip.PostAsync("holdings", holding, "system", key)).Ok(HttpStatusCode.Created);

        Assert.Equal((string?)first["holdingId"], (string?)again["holdingId"]);
        (await netip.PostAsync("holdings", Holding(SomeEmail(), "crm", "name", "delivery"), "system", key)).Problem(422, "#header/Idempotency-Key");
    }

    [Fact]
    public async Task Of_many_who_register_one_reference_at_once_all_get_the_one_holding()
    {
        var netip = await OfAsync(installation, "netip");
        var holding = Holding(SomeEmail(), "crm", "name", "service-delivery", "2026-10-10T08:00:00Z").ToJsonString();

        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => netip.PostAsync("holdings", holding)));

        Assert.Single(answers.Select(a => (string?)a.Ok(HttpStatusCode.Created)["holdingId"]).Distinct(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("privatealps", "crm", "payment-card", "billing-contact", "PA-2", "category-forbidden", "/categories")]
    [InlineData("did-virtual-numbers", "billing", "bank-account", "service-operation", "DV-3", "category-forbidden", "/categories")]
    [InlineData("netip", "vault", "customer-log", "service-delivery", "NI-2", "retention-agreement-missing", "/customer")]
    [InlineData("netip", "netflow", "mail-message", "service-delivery", "NI-11", "system-not-encrypted", "/system")]
    [InlineData("netip", "crm", "visitor-data", "service-delivery", "NI-1", "category-forbidden", "/categories")]
    public async Task What_the_policy_does_not_let_be_held_is_refused_with_clause_and_code(string controller, string system, string category, string purpose, string rule, string code, string pointer)
    {
        var answer = await (await OfAsync(installation, controller)).PostAsync("holdings", Holding(SomeEmail(), system, category, purpose, customer: Some("k")));

        var error = Assert.Single(answer.Problem(422)["errors"]!.AsArray())!;
        Assert.Equal((rule, code, pointer), ((string?)error["rule"], (string?)error["code"], (string?)error["pointer"]));
    }

    [Fact]
    public async Task What_cannot_be_is_named_with_a_pointer_for_each_fault()
    {
        var netip = await OfAsync(installation, "netip");
        var holding = Holding(SomeEmail(), "no-such-system", "emial", "delivery", DateTimeOffset.MaxValue.AddYears(-1).ToString("O"), " ", "");
        holding["purposes"] = new JsonArray("delivery", "delivery", "fun");

        (await netip.PostAsync("holdings", holding)).Problem(422, "/system", "/categories/0", "/purposes/1", "/purposes/2", "/reference", "/customer", "/recordedAt");
        (await netip.PostAsync("holdings", Holding("no address", "crm", "name", "delivery"))).Problem(422, "/subject/value");
        holding["colour"] = "blue";
        (await netip.PostAsync("holdings", holding)).Problem(400, "/colour");
        holding = Holding(SomeEmail(), "crm", "name", "delivery");
        holding["categories"] = new JsonArray();
        (await netip.PostAsync("holdings", holding)).Problem(422, "/categories");
        (await netip.PostAsync("holdings", Holding(SomeEmail(), "crm", "name", "delivery", "2026-10-10T08:00:00"))).Problem(400, "/recordedAt");
    }

    [Fact]
    public async Task Another_systems_holdings_are_that_systems_to_register()
    {
        var service = await installation.ServiceAsync();
        var token = installation.Token("system", systems: ["*", "!vault"]);

        (await service.PostAsync("/v1/netip/holdings", token, Holding(SomeEmail(), "vault", "name", "delivery").ToJsonString())).Problem(403, "/system");
        Assert.Equal(HttpStatusCode.Created, (await service.PostAsync("/v1/netip/holdings", token, Holding(SomeEmail(), "crm", "name", "delivery").ToJsonString())).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await service.PostAsync("/v1/netip/holdings", installation.Token("officer"), Holding(SomeEmail(), "crm", "name", "delivery").ToJsonString())).Status);
    }

    [Fact]
    public async Task A_holding_is_another_controllers_business_and_nobody_elses()
    {
        var registered = await (await OfAsync(installation, "netip")).RegisterAsync(Holding(SomeEmail(), "crm", "name", "delivery"));

        (await (await OfAsync(installation, "almena")).GetAsync($"holdings/{(string?)registered["holdingId"]}")).Problem(404);
    }

    [Fact]
    public async Task A_holding_is_shown_as_of_any_time_by_what_was_known_then()
    {
        var bg = await OfAsync(installation, "bg-network-services");
        var customer = Some("k");
        var beforehand = TimeProvider.System.GetUtcNow().ToString("O");
        var registered = await bg.RegisterAsync(Holding(SomeEmail(), "crm", "service-usage", "operation", "2026-01-01T00:00:00Z", customer));
        var then = TimeProvider.System.GetUtcNow().ToString("O");
        await bg.TellAsync("service-ended", "2026-03-01T00:00:00Z", "customer", customer);
        await bg.TellAsync("fully-paid", "2026-04-01T00:00:00Z", "customer", customer);

        Assert.Equal(Pure.At("2026-04-01T00:00:00Z"), (await bg.ShowAsync(registered)).Instant("dueAt"));
        var past = await bg.ShowAsync(registered, "?asOf=" + Uri.EscapeDataString(then));
        Assert.Null(past.Instant("dueAt"));
        Assert.Equal(["service-ended", "fully-paid"], past.Texts("waitingFor"));
        (await bg.GetAsync($"holdings/{(string?)registered["holdingId"]}?asOf={Uri.EscapeDataString(beforehand)}")).Problem(404);
        (await bg.GetAsync($"holdings/{(string?)registered["holdingId"]}?asOf=yesterday")).Problem(422, "#query/asOf");
        (await bg.GetAsync($"holdings/{(string?)registered["holdingId"]}?asOf=2999-01-01T00:00:00Z")).Problem(422, "#query/asOf");
    }

    [Fact]
    public async Task A_person_is_found_and_met_by_every_linked_identifier()
    {
        var bg = await OfAsync(installation, "bg-network-services");
        var (one, other) = (SomeEmail(), SomeEmail());
        var registered = await bg.RegisterAsync(Holding(one, "crm", "service-usage", "operation"));
        var another = await bg.RegisterAsync(Holding(other, "crm", "service-usage", "operation"));
        Assert.Equal([(string?)registered["holdingId"]], await FoundAsync(bg, one));

        var link = Guid.CreateVersion7();
        await installation.TellAsync(new SubjectLinkChanged(
            "bg-network-services", "consent", $"subject-link-{link}", 1, 1, link, [installation.PseudonymOf(one, "bg-network-services"), installation.PseudonymOf(other, "bg-network-services")], true));
        await Until.TrueAsync(async () => (await FoundAsync(bg, one)).Count() == 2);

        Assert.Equal([(string?)registered["holdingId"], (string?)another["holdingId"]], await FoundAsync(bg, other));
        Assert.Equal(2, await bg.TellAsync("service-ended", "2026-03-01T00:00:00Z", "subject", Subject(one)));
        Assert.Equal(["fully-paid"], (await bg.ShowAsync(another)).Texts("waitingFor"));
        await bg.TellAsync("fully-paid", "2026-04-01T00:00:00Z", "subject", Subject(other));
        await bg.UntilRowIsDueAsync(registered, Pure.At("2026-04-01T00:00:00Z"));

        await installation.TellAsync(new SubjectLinkChanged("bg-network-services", "consent", $"subject-link-{link}", 2, 2, link, [], false));
        await bg.UntilRowIsDueAsync(registered, null);
        Assert.Equal([(string?)another["holdingId"]], await FoundAsync(bg, other));
    }

    [Fact]
    public async Task A_search_goes_page_by_page()
    {
        var netip = await OfAsync(installation, "netip");
        var email = SomeEmail();
        var ids = new List<string?>();
        for (var i = 0; i < 5; i++)
            ids.Add((string?)(await netip.RegisterAsync(Holding(email, "crm", "name", "delivery")))["holdingId"]);

        var found = new List<string?>();
        for (string? after = ""; after is not null;)
        {
            var page = (await netip.PostAsync($"holdings/search?limit=2{after}", new JsonObject { ["subject"] = Subject(email) })).Ok();
            found.AddRange(page["items"]!.AsArray().Select(i => (string?)i!["holdingId"]));
            after = (string?)page["next"] is { } next ? "&after=" + next : null;
        }

        Assert.Equal(ids.Order(StringComparer.Ordinal), found);
        (await netip.PostAsync("holdings/search?limit=0&after=x", new JsonObject { ["subject"] = Subject(email) })).Problem(422, "#query/limit", "#query/after");
    }

    [Fact]
    public async Task A_system_is_known_as_soon_as_it_is_registered_and_as_it_last_was()
    {
        var netip = await OfAsync(installation, "netip");
        var name = Some("store");
        (await netip.PostAsync("holdings", Holding(SomeEmail(), name, "mail-message", "service-delivery"))).Problem(422, "/system");

        await installation.TellAsync(new SystemRegistered("netip", "consent", "system-" + name, 1, 1, name, Encrypted: false, null));
        await Until.TrueAsync(async () => (await netip.PostAsync("holdings", Holding(SomeEmail(), name, "name", "delivery"))).Status == HttpStatusCode.Created);
        Assert.Contains("system-not-encrypted", await CodesAsync());
        await installation.TellAsync(new SystemRegistered("netip", "consent", "system-" + name, 2, 2, name, Encrypted: true, null));
        await Until.TrueAsync(async () => !(await CodesAsync()).Contains("system-not-encrypted"));

        async Task<IReadOnlyList<string?>> CodesAsync() =>
            [.. (await netip.PostAsync("holdings", Holding(SomeEmail(), name, "mail-message", "service-delivery"))).Problem(422)["errors"]!.AsArray().Select(e => (string?)e!["code"])];
    }

    private static async Task<IEnumerable<string?>> FoundAsync(Case at, string email) =>
        (await at.PostAsync("holdings/search", new JsonObject { ["subject"] = Subject(email) })).Ok()["items"]!.AsArray().Select(i => (string?)i!["holdingId"]);
}

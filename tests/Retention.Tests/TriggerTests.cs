using System.Net;
using System.Text.Json.Nodes;
using static Integritet.Retention.Tests.Case;

namespace Integritet.Retention.Tests;

/// <summary>Triggers and agreements over HTTP.</summary>
public sealed class TriggerTests(Installation installation)
{
    [Fact]
    public async Task One_that_is_told_early_late_or_twice_makes_the_same_plan()
    {
        var bg = await OfAsync(installation, "bg-network-services");
        var customer = Some("k");
        Assert.Equal(0, await bg.TellAsync("fully-paid", "2026-04-01T00:00:00Z", "customer", customer));

        var registered = await bg.RegisterAsync(Holding(SomeEmail(), "crm", "service-usage", "operation", "2026-01-01T00:00:00Z", customer));
        Assert.Equal(["service-ended"], registered.Texts("waitingFor"));
        Assert.Equal(1, await bg.TellAsync("service-ended", "2026-03-01T00:00:00Z", "customer", customer));
        Assert.Equal(1, await bg.TellAsync("service-ended", "2026-03-01T00:00:00Z", "customer", customer));
        Assert.Equal(1, await bg.TellAsync("fully-paid", "2026-05-01T00:00:00Z", "customer", customer));

        Assert.Equal(Pure.At("2026-04-01T00:00:00Z"), (await bg.ShowAsync(registered)).Instant("dueAt"));
        await bg.UntilRowIsDueAsync(registered, Pure.At("2026-04-01T00:00:00Z"));
    }

    [Fact]
    public async Task A_reference_is_met_in_every_system()
    {
        var netip = await OfAsync(installation, "netip");
        var reference = Some("m");
        var mail = await netip.RegisterAsync(Holding(SomeEmail(), "mail", "mail-message", "service-delivery", reference: reference));
        await netip.RegisterAsync(Holding(SomeEmail(), "case", "mail-message", "service-delivery", reference: reference));

        Assert.Equal(2, await netip.TellAsync("mail-needs-no-answer", "2026-11-01T10:00:00Z", "reference", reference));

        Assert.Equal(("NI-8", Pure.At("2026-11-01T10:00:00Z")), ((string?)(await netip.ShowAsync(mail))["rule"], (await netip.ShowAsync(mail)).Instant("dueAt")));
    }

    [Fact]
    public async Task One_that_names_nothing_or_too_much_or_what_is_not_there_is_refused()
    {
        var netip = await OfAsync(installation, "netip");
        const string at = "2026-11-01T10:00:00Z";

        (await netip.PostAsync("triggers", new JsonObject { ["trigger"] = "fully-paid", ["at"] = at })).Problem(422, "");
        (await netip.PostAsync("triggers", new JsonObject { ["trigger"] = "fully-paid", ["at"] = at, ["customer"] = "k", ["reference"] = "r" })).Problem(422, "");
        (await netip.PostAsync("triggers", Trigger("sun-rose", at, "customer", "k"))).Problem(422, "/trigger");
        (await netip.PostAsync("triggers", Trigger("purpose-ended", at, "customer", "k", "no-such-purpose"))).Problem(422, "/purpose");
        (await netip.PostAsync("triggers", Trigger("fully-paid", at, "customer", "k", "delivery"))).Problem(422, "/purpose");
        (await netip.PostAsync("triggers", Trigger("fully-paid", "tomorrow", "customer", "k"))).Problem(400, "/at");
        (await netip.PostAsync("triggers", Trigger("fully-paid", at, "subject", Subject("nobody")))).Problem(422, "/subject/value");
        Assert.Equal(HttpStatusCode.Forbidden, (await netip.PostAsync("triggers", Trigger("fully-paid", at, "customer", "k"), "officer")).Status);
    }

    [Fact]
    public async Task An_agreement_admits_what_is_held_for_the_customer_and_a_changed_one_plans_it_anew()
    {
        var netip = await OfAsync(installation, "netip");
        var customer = Some("k");
        var agreed = (await netip.AgreeAsync(customer, "customer-log", "P1M", "2026-01-01T00:00:00Z")).Ok(HttpStatusCode.Created);
        Assert.Equal((string?)agreed["agreementId"], (string?)(await netip.AgreeAsync(customer, "customer-log", "P1M", "2026-01-01T00:00:00Z")).Ok(HttpStatusCode.Created)["agreementId"]);
        var registered = await netip.RegisterAsync(Holding(SomeEmail(), "vault", "customer-log", "service-delivery", "2026-10-31T12:00:00Z", customer));
        Assert.Equal(("NI-2", Pure.At("2026-11-30T12:00:00Z")), ((string?)registered["rule"], registered.Instant("dueAt")));

        var changed = (await netip.AgreeAsync(customer, "customer-log", "P6M", "2026-11-01T00:00:00Z")).Ok(HttpStatusCode.Created);

        Assert.Equal(1, (long)changed["affected"]!);
        // Summer time: the same local time is an hour earlier in UTC.
        await netip.UntilRowIsDueAsync(registered, Pure.At("2027-04-30T11:00:00Z"));
        var listed = (await netip.GetAsync($"retention/agreements?customer={customer}", "officer")).Ok()["items"]!.AsArray();
        Assert.Equal(["P6M", "P1M"], listed.Select(a => (string?)a!["keepFor"]));
        Assert.Equal([1, 0], listed.Select(a => a!["deciding"]!.AsArray().Count));
    }

    [Fact]
    public async Task An_agreement_that_cannot_be_is_refused()
    {
        var netip = await OfAsync(installation, "netip");

        (await netip.AgreeAsync("k", "no-such", "P1M", "2026-01-01T00:00:00Z")).Problem(422, "/categories/0");
        foreach (var period in new[] { "a month", "P0D", "-P1M", "P101Y", "P1M-1D", "P999999999Y" })
            (await netip.AgreeAsync("k", "customer-log", period, "2026-01-01T00:00:00Z")).Problem(422, "/keepFor");
        (await netip.AgreeAsync(" ", "customer-log", "P1M", "2999-01-01T00:00:00Z")).Problem(422, "/customer", "/agreedAt");
        Assert.Equal(HttpStatusCode.Forbidden, (await netip.PostAsync("retention/agreements", new JsonObject(), "system")).Status);
    }

    [Fact]
    public async Task A_new_policy_version_plans_everything_anew_and_says_so_once()
    {
        var almena = await OfAsync(installation, "almena");
        var registered = await almena.RegisterAsync(Holding(SomeEmail(), "crm", "location", "improvement", "2026-10-10T08:00:00Z"));
        await almena.UntilRowIsDueAsync(registered, null);
        var document = Pure.Document("almena").Replace("  keep:\n", "  keep:\n    - {clause: LAW-5, categories: location, until: {after: P28D}}\n", StringComparison.Ordinal);

        await installation.PublishPolicyAsync("almena", 2, document, TimeProvider.System.GetUtcNow());

        await almena.UntilRowIsDueAsync(registered, Pure.At("2026-11-07T09:00:00Z"));
        await Until.TrueAsync(async () => (await almena.GetAsync("retention/replanning")).Ok() is var progress && (int)progress["policyVersion"]! == 2 && (string?)progress["status"] == "finished");
        var progress = (await almena.GetAsync("retention/replanning")).Ok();
        Assert.True((long)progress["planned"]! >= 1 && (long)progress["changed"]! >= 1);
        Assert.Equal(64, ((string?)progress["hash"])!.Length);
    }
}

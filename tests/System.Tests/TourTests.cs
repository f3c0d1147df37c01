using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>The first job on real input: consent, question, withdrawal, question, and the auditor's view.</summary>
public sealed class TourTests(Installation installation)
{
    private HttpClient System => installation.As("system");

    [Fact]
    public async Task A_consent_permits_with_its_clause_and_a_withdrawal_refuses_from_that_commit_on()
    {
        var email = Calls.SomeEmail();
        Assert.Equal("refuse", (await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));

        var consent = await System.PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        var permitted = await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        Assert.Equal(("permit", true), (permitted.Text("outcome"), permitted["allowed"]!.GetValue<bool>()));
        Assert.Contains("AL-3", permitted["rules"]!.AsArray().Select(rule => rule!.GetValue<string>()));

        var withdrawn = await System.PostAsync($"/v1/almena/consents/{consent.Text("consentId")}/withdrawal", new JsonObject { ["method"] = "web-form" });
        Assert.Equal("withdrawn", withdrawn.Text("status"));
        var refused = await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        Assert.Equal(("refuse", false), (refused.Text("outcome"), refused["allowed"]!.GetValue<bool>()));
        Assert.Contains("AL-3", refused["reasons"]!.AsArray().Select(reason => reason!.Text("rule")));
    }

    [Fact]
    public async Task The_auditor_sees_all_of_it_in_the_ledger_in_order()
    {
        var email = Calls.SomeEmail();
        var consent = await System.PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        await System.PostAsync($"/v1/almena/consents/{consent.Text("consentId")}/withdrawal", new JsonObject { ["method"] = "web-form" });
        await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));

        // The auditor's own questions about this person are in it too.
        var timeline = await Calls.EventuallyAsync(
            async () => (await installation.TimelineAsync("almena", email)).Where(item => item["data"]!["operation"]?.GetValue<string>() != "audit.timeline").ToList(),
            items => items.Count(item => item.Text("service") == "consent") >= 4 && items.Count(item => item.Text("service") == "gateway") >= 4, "four events and four calls of this person in the ledger");
        var recorded = timeline.Where(item => item.Text("service") == "consent").ToList();
        Assert.Equal(["consent-given.v1", "decision-made.v1", "consent-withdrawn.v1", "decision-made.v1"], recorded.Select(item => item.Text("type")));
        Assert.Equal(["permit", "refuse"], recorded.Where(item => item.Text("type") == "decision-made.v1").Select(item => item["data"]!.Text("outcome")));
        Assert.Equal(["consents.give", "decisions.decide", "consents.withdraw", "decisions.decide"],
            timeline.Where(item => item.Text("service") == "gateway").Select(item => item["data"]!.Text("operation")));
        var indexes = timeline.Select(item => item["index"]!.GetValue<long>()).ToList();
        Assert.Equal(indexes.Order(), indexes);
        Assert.DoesNotContain(email, string.Concat(timeline.Select(item => item.ToJsonString())), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_ledgers_indexes_are_dense()
    {
        await System.PostAsync("/v1/almena/consents", Calls.Consent(Calls.SomeEmail(), "own-marketing"), HttpStatusCode.Created);
        var all = await Calls.EventuallyAsync(() => installation.LedgerAsync("almena"), events => events.Any(item => item.Text("type") == "consent-given.v1"), "the consent in the ledger");
        Assert.Equal(Enumerable.Range(0, all.Count).Select(i => (long)i), all.Select(item => item["index"]!.GetValue<long>()));
    }

    [Fact]
    public async Task Mass_mailing_is_refused_at_netip_whatever_was_consented()
    {
        var email = Calls.SomeEmail();
        var consent = await System.PostAsync("/v1/netip/consents", Calls.Consent(email, "mass-mailing"), HttpStatusCode.Created);
        Assert.Equal("none", consent["purposes"]![0]!.Text("effect"));
        var decision = await System.PostAsync("/v1/netip/decisions", Calls.MayUse(email, "mass-mailing"));
        Assert.Equal("refuse", decision.Text("outcome"));
        Assert.Equal(["NI-9"], decision["rules"]!.AsArray().Select(rule => rule!.GetValue<string>()));
    }

    [Fact]
    public async Task A_decision_can_be_explained_by_running_it_again()
    {
        var email = Calls.SomeEmail();
        await System.PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        var decision = await System.PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        var explanation = await installation.As("auditor").GetAsync($"/v1/almena/decisions/{decision.Text("decisionId")}/explanation", HttpStatusCode.OK);
        Assert.Equal("identical", explanation.Text("replayed"));
        Assert.NotEmpty(explanation["facts"]!.AsArray());
    }
}

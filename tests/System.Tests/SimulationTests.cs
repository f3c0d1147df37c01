using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>A draft is tried on the past, and tells whose consent it makes necessary to ask for again, through the gateway.</summary>
public sealed class SimulationTests(Installation installation)
{
    private const string NeedsConsent = "      when: [country: consent-needed]\n      needs: [consent]";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_draft_that_asks_for_no_consent_flips_what_was_refused_for_lack_of_it()
    {
        var system = installation.As("system");
        var from = (DateTimeOffset)(await system.PostAsync("/v1/almena/decisions", Calls.MayUse(Calls.SomeEmail(), "support")))["evaluatedAt"]!;
        var refused = await system.PostAsync("/v1/almena/decisions", Calls.MayUse(Calls.SomeEmail(), "own-marketing"));
        await system.PostAsync("/v1/almena/decisions", Calls.MayUse(Calls.SomeEmail(), "support"));
        var version = await DraftAsync(text => text.Replace(NeedsConsent, "      when: [country: consent-needed]", StringComparison.Ordinal));

        var range = new JsonObject { ["from"] = from, ["to"] = from.AddDays(1) };
        var answer = await installation.As("officer").PostAsync($"/v1/almena/policies/{version}/simulations", range);

        Assert.Equal((int)answer["decided"]!, (int)answer["unchanged"]! + (int)answer["flipped"]! + (int)answer["notReplayable"]!);
        Assert.True((int)answer["unchanged"]! >= 1);
        var flip = Assert.Single(answer["flips"]!.AsArray(), f => (string?)f!["decisionId"] == (string?)refused["decisionId"])!;
        Assert.Equal(("refuse", "permit", "consent"), ((string?)flip["was"], (string?)flip["becomes"], (string?)flip["decider"]));
        await system.PostAsync($"/v1/almena/policies/{version}/simulations", range.DeepClone(), HttpStatusCode.Forbidden);
    }

    [Fact]
    public async Task A_draft_tells_whose_consent_must_be_asked_for_again()
    {
        var document = await DocumentAsync();
        Assert.Contains("sources: third-party, needs: [consent: third-party-collection]", document, StringComparison.Ordinal);
        using var response = await HandInAsync(document.Replace("sources: third-party, needs: [consent: third-party-collection]", "sources: [third-party, public-source], needs: [consent: third-party-collection]", StringComparison.Ordinal));
        var drafted = await Calls.ReadAsync(response, HttpStatusCode.Created);
        var purpose = Assert.Single(drafted["askAgain"]!.AsArray())!;
        Assert.Equal(("third-party-collection", "sources"), ((string?)purpose["purpose"], (string?)purpose["because"]![0]!["kind"]));
        Assert.NotNull((await installation.As("officer").GetAsync("/v1/almena/consents/to-renew", HttpStatusCode.OK))["items"]);
    }

    private async Task<int> DraftAsync(Func<string, string> change)
    {
        using var response = await HandInAsync(change(await DocumentAsync()));
        return (int)(await Calls.ReadAsync(response, HttpStatusCode.Created))["version"]!;
    }

    private Task<HttpResponseMessage> HandInAsync(string document) =>
        installation.As("officer").PostAsync(new Uri("/v1/almena/policies", UriKind.Relative), new StringContent(document, Encoding.UTF8, "application/yaml"), Cancel);

    private async Task<string> DocumentAsync()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/almena/policies/in-force") { Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/yaml") } } };
        using var response = await installation.As("officer").SendAsync(request, Cancel);
        return await response.Content.ReadAsStringAsync(Cancel);
    }
}

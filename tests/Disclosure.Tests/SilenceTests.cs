using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.Disclosure.Tests;

/// <summary>What Consent does when it does not hear of Disclosure: on a broker of its own, which is stopped, and with Disclosure killed.</summary>
public sealed class SilenceTests
{
    [Fact]
    public async Task What_would_be_permitted_on_facts_of_a_service_that_is_silent_and_unreachable_is_not_decided()
    {
        await using var installation = new Installation(ownBroker: true);
        var register = await Register.OfAsync(installation);
        var asks = new Asks(installation, await installation.ConsentAsync());
        var (closing, standing, narrowed) = (Register.SomeReference(), Register.SomeReference(), Register.SomeReference());
        var employee = await register.RecipientAsync("employee");
        foreach (var reference in new[] { closing, standing })
        {
            await register.OpenAsync(reference);
            await register.EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
            (await asks.InvestigateAsync(reference)).ShouldPermit("PA-3");
        }

        // The broker away: Disclosure's log is read instead, and its closure counts though no message says so.
        await installation.Broker.StopAsync();
        Assert.Null((await register.CloseAsync(closing))["effectiveAt"]);
        await Until.TrueAsync(async () => await asks.TryInvestigateAsync(closing) is { Status: HttpStatusCode.OK, Body: { } body } && (string?)body["outcome"] == "refuse");
        (await DecidedAsync(standing)).ShouldPermit("PA-3");

        // What was put on record is known, and nobody can say so.
        Assert.Null((await register.OpenAsync(narrowed))["effectiveAt"]);
        using var line = new StringContent("""{"type":"email","value":"eva@example.se"}""", System.Text.Encoding.UTF8, "application/x-ndjson");
        Assert.Null((await register.PostAsync($"cases/{narrowed}/subjects", line)).Ok()["effectiveAt"]);
        Assert.Null((await register.SignAsync(employee, "nda"))["effectiveAt"]);

        // Disclosure killed too: whether the other case still stands cannot be known.
        await (await installation.DisclosureAsync()).KillAsync();
        await Until.TrueAsync(async () => (await asks.TryInvestigateAsync(standing)).Status == HttpStatusCode.ServiceUnavailable);
        var refused = await asks.TryInvestigateAsync(standing);
        refused.Problem(503);
        Assert.NotNull(refused.Response.Headers.RetryAfter);
        // A refusal needs no certainty.
        (await asks.InvestigateAsync(closing)).ShouldRefuse("PA-3", "case-missing");
        (await asks.InvestigateAsync("no-such-case")).ShouldRefuse("PA-3", "case-missing");

        // Back without the broker, it is asked and answers.
        await using var again = await installation.StartDisclosureAgainAsync();
        (await DecidedAsync(standing)).ShouldPermit("PA-3");

        // While its facts are not fresh it answers 503, for a moment on a slow machine even when all is well.
        async Task<JsonNode> DecidedAsync(string reference)
        {
            Answer? answer = null;
            await Until.TrueAsync(async () => (answer = await asks.TryInvestigateAsync(reference)).Status == HttpStatusCode.OK);
            return answer!.Ok();
        }
    }
}

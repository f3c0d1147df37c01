using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>A build with --test-clock: an operator moves the clock of every service.</summary>
public sealed class ClockTests(Installation installation)
{
    [Fact]
    public async Task A_consent_ends_when_the_clock_has_passed_its_expiry()
    {
        var email = Calls.SomeEmail();
        var decision = await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"));
        var consent = Calls.Consent(email, "own-marketing");
        consent["expiresAt"] = DateTimeOffset.Parse(decision.Text("evaluatedAt"), CultureInfo.InvariantCulture).AddDays(7);
        await installation.As("system").PostAsync("/v1/almena/consents", consent, HttpStatusCode.Created);
        Assert.Equal("permit", (await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));

        await installation.As("operator").PostAsync("/v1/operations/clock", new JsonObject { ["advance"] = "P8D" });

        Assert.Equal("refuse", (await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));
    }
}

using System.Net;
using System.Net.Http.Json;

namespace Integritet.SystemTests;

/// <summary>The database or the broker is away: what is answered, and that nothing accepted is lost.</summary>
public sealed class OutageTests(Installation installation)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Without_PostgreSQL_calls_are_503_with_Retry_After_and_work_again_when_it_is_back()
    {
        var email = Calls.SomeEmail();
        await installation.As("system").PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        await installation.ServerAsync("postgres", "kill");
        try
        {
            foreach (var (path, body) in new[] { ("/v1/almena/consents", Calls.Consent(Calls.SomeEmail(), "own-marketing")), ("/v1/almena/decisions", Calls.MayUse(email, "own-marketing")) })
            {
                using var response = await installation.As("system").PostAsJsonAsync(path, body, Cancel);
                await Calls.ReadAsync(response, HttpStatusCode.ServiceUnavailable);
                Assert.True(response.Headers.RetryAfter?.Delta > TimeSpan.Zero, "a 503 says when to try again");
                Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
            }
        }
        finally
        {
            await installation.ServerAsync("postgres", "start");
            await installation.SettleAsync();
        }

        Assert.Equal("permit", (await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));
    }

    [Fact]
    public async Task Without_RabbitMQ_commands_are_accepted_and_reach_the_ledger_when_it_is_back()
    {
        var emails = Enumerable.Range(0, 10).Select(_ => Calls.SomeEmail()).ToList();
        await installation.ServerAsync("rabbitmq", "kill");
        try
        {
            foreach (var email in emails)
            {
                await installation.As("system").PostAsync("/v1/almena/consents", Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
                Assert.Equal("permit", (await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));
            }

            await Calls.EventuallyAsync(() => installation.As("nobody").GetAsync("/health/ready", HttpStatusCode.OK), health => health["degraded"]!.AsArray().Count > 0, "ready, and degraded in messaging");
        }
        finally
        {
            await installation.ServerAsync("rabbitmq", "start");
            await installation.SettleAsync();
        }

        foreach (var email in emails)
        {
            var timeline = await Calls.EventuallyAsync(() => installation.TimelineAsync("almena", email), items => items.Count(item => item.Text("service") == "consent") >= 2, $"both events of {email} in the ledger");
            Assert.Equal(["consent-given.v1", "decision-made.v1"], timeline.Where(item => item.Text("service") == "consent").Select(item => item.Text("type")));
        }
    }
}

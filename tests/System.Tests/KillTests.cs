using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>kill -9 of a service under load: whatever was acknowledged is there afterwards, in its store and in the ledger.</summary>
public sealed class KillTests(Installation installation)
{
    private const int Callers = 8;
    private const int AcknowledgedBefore = 50;
    private const int AcknowledgedAfter = 50;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("consent")]
    [InlineData("audit")]
    [InlineData("gateway")]
    public async Task No_acknowledged_consent_is_lost_when_a_service_is_killed(string service)
    {
        var acknowledged = await LoadAndKillAsync(service, async () =>
        {
            using var response = await installation.As("system").PostAsJsonAsync("/v1/almena/consents", Calls.Consent(Calls.SomeEmail(), "own-marketing"), Cancel);
            return response.StatusCode == HttpStatusCode.Created ? (await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!.Text("consentId") : null;
        });

        foreach (var id in acknowledged)
            await installation.As("system").GetAsync($"/v1/almena/consents/{id}", HttpStatusCode.OK);
        var inLedger = await Calls.EventuallyAsync(
            async () => (await installation.LedgerAsync("almena", "&type=consent-given.v1")).Select(item => item["data"]!.Text("consentId")).ToList(),
            ids => acknowledged.All(ids.ToHashSet(StringComparer.Ordinal).Contains), "every acknowledged consent in the ledger");
        Assert.Equal(inLedger.Count, inLedger.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public async Task No_acknowledged_case_is_lost_when_Disclosure_is_killed_and_decisions_come_to_know_each()
    {
        var acknowledged = await LoadAndKillAsync("disclosure", async () =>
        {
            var opening = new JsonObject { ["kind"] = "abuse-investigation", ["reference"] = $"abuse-{Guid.CreateVersion7():n}", ["reason"] = "reported" };
            using var response = await installation.As("officer").PostAsJsonAsync("/v1/privatealps/cases", opening, Cancel);
            return response.StatusCode == HttpStatusCode.Created ? (await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!.Text("reference") : null;
        });

        foreach (var reference in acknowledged)
            await Calls.EventuallyAsync(
                () => installation.As("officer").GetAsync($"/v1/privatealps/cases/{reference}", HttpStatusCode.OK), found => found["effectiveAt"] is not null, $"{reference} effective");
    }

    [Fact]
    public async Task No_acknowledged_policy_draft_is_lost_when_the_policy_service_is_killed()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/almena/policies/in-force");
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/yaml"));
        using var inForce = await installation.As("officer").SendAsync(request, Cancel);
        var document = await inForce.Content.ReadAsStringAsync(Cancel);
        Assert.StartsWith("#", document, StringComparison.Ordinal);

        var acknowledged = await LoadAndKillAsync("policy", async () =>
        {
            using var content = new StringContent(document, Encoding.UTF8, "application/yaml");
            using var response = await installation.As("officer").PostAsync(new Uri("/v1/almena/policies", UriKind.Relative), content, Cancel);
            return response.StatusCode == HttpStatusCode.Created ? (await response.Content.ReadFromJsonAsync<JsonNode>(Cancel))!["version"]!.ToString() : null;
        });

        Assert.Equal(acknowledged.Count, acknowledged.Distinct(StringComparer.Ordinal).Count());
        foreach (var version in acknowledged)
            await installation.As("officer").GetAsync($"/v1/almena/policies/{version}", HttpStatusCode.OK);
    }

    /// <summary>Callers that go on through the kill until enough was acknowledged after it; gives everything acknowledged.</summary>
    private async Task<List<string>> LoadAndKillAsync(string service, Func<Task<string?>> call)
    {
        var acknowledged = new ConcurrentBag<string>();
        var enough = int.MaxValue;
        var callers = Enumerable.Range(0, Callers).Select(_ => CallAsync()).ToList();
        await Calls.EventuallyAsync(() => Task.FromResult(acknowledged.Count), count => count >= AcknowledgedBefore, "load");
        installation.KillService(service);
        Volatile.Write(ref enough, acknowledged.Count + AcknowledgedAfter);
        await Calls.EventuallyAsync(() => Task.FromResult(acknowledged.Count), count => count >= enough, $"load after the kill of {service}");
        await Task.WhenAll(callers);
        await installation.SettleAsync();
        return [.. acknowledged];

        async Task CallAsync()
        {
            while (acknowledged.Count < Volatile.Read(ref enough))
            {
                // What fails was not acknowledged: the connection was cut, or the answer is a 502 or 503.
                try
                {
                    if (await call() is { } id)
                        acknowledged.Add(id);
                    else
                        await Task.Delay(50, Cancel);
                }
                catch (Exception e) when (e is HttpRequestException or IOException)
                {
                    await Task.Delay(50, Cancel);
                }
            }
        }
    }
}

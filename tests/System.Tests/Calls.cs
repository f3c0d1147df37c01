using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>Calls that the tests make through the gateway.</summary>
public static class Calls
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>An e-mail address nobody else has.</summary>
    public static string SomeEmail() => $"p{Guid.CreateVersion7():n}@customer.example";

    public static JsonObject Subject(string email) => new() { ["type"] = "email", ["value"] = email };

    public static JsonObject Consent(string email, string purpose, string reference = "form-17") => new()
    {
        ["subject"] = Subject(email), ["purposes"] = new JsonArray(purpose), ["method"] = "web-form", ["language"] = "sv",
        ["evidence"] = new JsonObject { ["reference"] = reference },
    };

    public static JsonObject MayUse(string email, string purpose) => new()
    {
        ["operation"] = "use", ["purpose"] = purpose, ["categories"] = new JsonArray("email"), ["subject"] = Subject(email),
    };

    /// <summary>Posts and expects that status; gives the body.</summary>
    public static async Task<JsonNode> PostAsync(this HttpClient client, string path, JsonNode body, HttpStatusCode expected = HttpStatusCode.OK)
    {
        using var response = await client.PostAsJsonAsync(path, body, Cancel);
        return await ReadAsync(response, expected);
    }

    public static async Task<JsonNode> GetAsync(this HttpClient client, string path, HttpStatusCode expected)
    {
        using var response = await client.GetAsync(new Uri(path, UriKind.Relative), Cancel);
        return await ReadAsync(response, expected);
    }

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == expected, $"{response.RequestMessage!.Method} {response.RequestMessage.RequestUri}: {(int)response.StatusCode}, expected {(int)expected}: {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Asks again until the condition holds, at most the given seconds; then fails with what was seen last.</summary>
    public static async Task<T> EventuallyAsync<T>(Func<Task<T>> ask, Func<T, bool> holds, string what, int seconds = 60)
    {
        var began = Stopwatch.GetTimestamp();
        while (true)
        {
            string seen;
            try
            {
                var answer = await ask();
                if (holds(answer))
                    return answer;
                seen = answer?.ToString() ?? "nothing";
            }
            catch (HttpRequestException e)
            {
                seen = e.Message;
            }

            Assert.True(Stopwatch.GetElapsedTime(began) < TimeSpan.FromSeconds(seconds), $"after {seconds} s still not: {what}. Last seen: {seen}");
            await Task.Delay(100, Cancel);
        }
    }

    /// <summary>A controller's ledger, or what of it a query selects, in its order.</summary>
    public static async Task<List<JsonNode>> LedgerAsync(this Installation installation, string controller, string query = "")
    {
        var events = new List<JsonNode>();
        string? after = null;
        do
        {
            var page = await installation.As("auditor").GetAsync($"/v1/{controller}/audit/events?limit=200{query}{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}", HttpStatusCode.OK);
            events.AddRange(page["items"]!.AsArray().Select(item => item!));
            after = page["next"]?.GetValue<string>();
        }
        while (after is not null);
        return events;
    }

    /// <summary>Everything the ledger has about one person, in its order.</summary>
    public static async Task<List<JsonNode>> TimelineAsync(this Installation installation, string controller, string email)
    {
        var page = await installation.As("auditor").PostAsync($"/v1/{controller}/audit/timeline", new JsonObject { ["subject"] = Subject(email) });
        return [.. page["items"]!.AsArray().Select(item => item!)];
    }

    public static string Text(this JsonNode node, string member) => node[member]!.GetValue<string>();
}

using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>One controller of the running system, as its own systems and people call it through the gateway.</summary>
internal sealed class Controller(Installation installation, string id)
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    /// <summary>Somebody nobody has heard of.</summary>
    public static JsonObject SomeSubject() => new() { ["type"] = "email", ["value"] = $"p{Guid.CreateVersion7():n}@customer.example" };

    /// <summary>The same under another kind of name.</summary>
    public static JsonObject SomeCustomerNumber() => new() { ["type"] = "customer-number", ["value"] = $"K-{Guid.CreateVersion7():n}" };

    /// <summary>What time it is there: the clock of an installation under test may be ahead.</summary>
    public async Task<DateTimeOffset> NowAsync() =>
        DateTimeOffset.Parse((string)(await MayAsync("transfer", new { categories = new[] { "email" }, context = new { destination = "SE" } }))["evaluatedAt"]!, CultureInfo.InvariantCulture);

    /// <summary>Moves the installation's clock past an instant.</summary>
    public async Task AdvanceToAsync(DateTimeOffset instant, TimeSpan atLeast = default)
    {
        var ahead = instant - await NowAsync() + TimeSpan.FromSeconds(2);
        var seconds = (long)Math.Ceiling((ahead > atLeast ? ahead : atLeast).TotalSeconds);
        await installation.As("operator").PostAsync("/v1/operations/clock", new JsonObject { ["advance"] = string.Create(CultureInfo.InvariantCulture, $"PT{seconds}S") });
    }

    /// <summary>Asks, as a system, whether it may; the answer, whatever it is.</summary>
    public Task<JsonNode> MayAsync(string operation, object question) => PostAsync("decisions", Of(operation, question), HttpStatusCode.OK);

    /// <summary>Asks many questions at once.</summary>
    public async Task<IReadOnlyList<JsonNode>> MayAllAsync(string operation, IEnumerable<object> questions) =>
        [.. (await PostAsync("decisions/batch", new JsonArray([.. questions.Select(q => Of(operation, q))]), HttpStatusCode.OK)).AsArray().Select(a => a!)];

    /// <summary>Records a consent.</summary>
    public Task<JsonNode> ConsentAsync(JsonObject subject, string purpose, string method = "web-form", params string[] qualities) => PostAsync("consents", Consent(subject, purpose, method, qualities), HttpStatusCode.Created);

    public static JsonObject Consent(JsonObject subject, string purpose, string method, params string[] qualities) => new()
    {
        ["subject"] = subject.DeepClone(), ["purposes"] = new JsonArray(purpose), ["method"] = method, ["language"] = "en",
        ["evidence"] = new JsonObject { ["reference"] = "acceptance", ["qualities"] = new JsonObject(qualities.Select(q => KeyValuePair.Create(q, (JsonNode?)true))) },
    };

    public Task<JsonNode> WithdrawAsync(JsonNode consent) => PostAsync($"consents/{(string?)consent["consentId"]}/withdrawal", new JsonObject { ["method"] = "web-form" }, HttpStatusCode.OK);

    /// <summary>Registers something, as one of the controller's systems or as another person.</summary>
    public Task<JsonNode> RegisterAsync(string register, object entry, string person = "system") =>
        PostAsync(register, System.Text.Json.JsonSerializer.SerializeToNode(entry)!, HttpStatusCode.Created, person);

    /// <summary>Several identifiers are one person's.</summary>
    public Task<JsonNode> LinkAsync(params JsonObject[] subjects) => RegisterAsync("subjects/links", new { subjects, evidence = "acceptance" });

    public async Task<JsonNode> PostAsync(string path, JsonNode body, HttpStatusCode expected, string person = "system")
    {
        using var response = await installation.As(person).PostAsJsonAsync($"/v1/{id}/{path}", body, Cancel);
        return await ReadAsync(response, expected);
    }

    public async Task<JsonNode> GetAsync(string path, string person)
    {
        using var response = await installation.As(person).GetAsync(new Uri($"/v1/{id}/{path}", UriKind.Relative), Cancel);
        return await ReadAsync(response, HttpStatusCode.OK);
    }

    /// <summary>A document, in the form asked for.</summary>
    public async Task<string> GetTextAsync(string path, string person, string accept)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri($"/v1/{id}/{path}", UriKind.Relative)) { Headers = { { "Accept", accept } } };
        using var response = await installation.As(person).SendAsync(request, Cancel);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadAsStringAsync(Cancel);
    }

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var text = await response.Content.ReadAsStringAsync(Cancel);
        Assert.True(response.StatusCode == expected, $"{(int)response.StatusCode} instead of {(int)expected}: {text}");
        return JsonNode.Parse(text)!;
    }

    private static JsonObject Of(string operation, object question)
    {
        var asked = System.Text.Json.JsonSerializer.SerializeToNode(question)!.AsObject();
        asked["operation"] = operation;
        return asked;
    }
}

/// <summary>What an answer must be.</summary>
internal static class Answers
{
    public static void ShouldPermit(this JsonNode answer, string clause)
    {
        Assert.True((string?)answer["outcome"] == "permit", $"not permitted: {answer}");
        Assert.True((bool?)answer["allowed"]);
        Assert.Contains(clause, answer["rules"]!.AsArray().Select(r => (string?)r));
    }

    public static void ShouldRefuse(this JsonNode answer, string clause, string? code = null)
    {
        Assert.True((string?)answer["outcome"] == "refuse", $"not refused: {answer}");
        Assert.False((bool?)answer["allowed"]);
        Assert.Contains(clause, answer["rules"]!.AsArray().Select(r => (string?)r));
        Assert.Contains(answer["reasons"]!.AsArray(), r => (string?)r!["rule"] == clause && (code is null || (string?)r["code"] == code));
    }
}

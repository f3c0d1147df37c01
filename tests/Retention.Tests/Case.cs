using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.Retention.Tests;

/// <summary>What a test over HTTP does: one controller, people and customers nobody has heard of.</summary>
internal sealed class Case(Installation installation, ServiceProcess service, string controller)
{
    public static string Some(string prefix) => $"{prefix}-{Guid.CreateVersion7():n}";

    public static string SomeEmail() => $"p{Guid.CreateVersion7():n}@customer.example";

    public static async Task<Case> OfAsync(Installation installation, string controller) => new(installation, await installation.ServiceAsync(), controller);

    public static JsonObject Subject(string email) => new() { ["type"] = "email", ["value"] = email };

    public static JsonObject Holding(string email, string system, string category, string purpose, string? recordedAt = null, string? customer = null, string? reference = null)
    {
        var holding = new JsonObject
        {
            ["subject"] = Subject(email), ["system"] = system, ["categories"] = new JsonArray(category), ["purposes"] = new JsonArray(purpose), ["reference"] = reference ?? Some("ref"),
        };
        if (recordedAt is not null)
            holding["recordedAt"] = recordedAt;
        if (customer is not null)
            holding["customer"] = customer;
        return holding;
    }

    public Task<Answer> PostAsync(string path, object body, string role = "system", params (string, string)[] headers) =>
        service.PostAsync($"/v1/{controller}/{path}", installation.Token(role), body is JsonNode json ? json.ToJsonString() : body, headers);

    public Task<Answer> GetAsync(string path, string role = "auditor") => service.GetAsync($"/v1/{controller}/{path}", installation.Token(role));

    public async Task<JsonNode> RegisterAsync(JsonObject holding) => (await PostAsync("holdings", holding)).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> ShowAsync(JsonNode registered, string query = "") => (await GetAsync($"holdings/{(string?)registered["holdingId"]}{query}")).Ok();

    public async Task<long> TellAsync(string trigger, string at, string by, JsonNode name, string? purpose = null) => (long)(await PostAsync("triggers", Trigger(trigger, at, by, name, purpose))).Ok()["affected"]!;

    public static JsonObject Trigger(string trigger, string at, string by, JsonNode name, string? purpose = null)
    {
        var body = new JsonObject { ["trigger"] = trigger, ["at"] = at, [by] = name };
        if (purpose is not null)
            body["purpose"] = purpose;
        return body;
    }

    public Task<Answer> AgreeAsync(string customer, string category, string keepFor, string agreedAt) => PostAsync(
        "retention/agreements",
        new JsonObject { ["customer"] = customer, ["categories"] = new JsonArray(category), ["keepFor"] = keepFor, ["agreedAt"] = agreedAt, ["reference"] = "contract-" + keepFor }, "officer");

    public Task<Answer> ImportAsync(IEnumerable<string> lines, string query = "", params string[] systems) => ImportAsync(string.Join('\n', lines) + "\n", query, systems);

    public Task<Answer> ImportAsync(string body, string query = "", params string[] systems) => service.SendAsync(
        HttpMethod.Post, $"/v1/{controller}/holdings/import{query}", installation.Token("system", systems: systems),
        new ByteArrayContent(Encoding.UTF8.GetBytes(body)) { Headers = { ContentType = new MediaTypeHeaderValue("application/x-ndjson") } });

    /// <summary>The due date in the row, which runs go by: kept up to date in the background.</summary>
    public async Task UntilRowIsDueAsync(JsonNode registered, DateTimeOffset? due)
    {
        await using var database = new Npgsql.NpgsqlConnection(installation.Database);
        await database.OpenAsync(TestContext.Current.CancellationToken);
        await Until.TrueAsync(async () =>
        {
            await using var command = new Npgsql.NpgsqlCommand("select due_at from holding where holding_id = $1", database) { Parameters = { new() { Value = Guid.Parse((string)registered["holdingId"]!) } } };
            return (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)) is DateTime at ? at == due?.UtcDateTime : due is null;
        });
    }
}

internal static class JsonShortcuts
{
    public static DateTimeOffset? Instant(this JsonNode node, string member) =>
        (string?)node[member] is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture) : null;

    public static IEnumerable<string?> Texts(this JsonNode node, string member) => node[member]!.AsArray().Select(t => (string?)t);
}

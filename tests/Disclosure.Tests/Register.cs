using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Tests;

/// <summary>What an officer of one controller puts on record.</summary>
internal sealed class Register(Installation installation, ServiceProcess service, string controller = "privatealps")
{
    public string Officer => installation.Token(Roles.Officer);

    public static async Task<Register> OfAsync(Installation installation, string controller = "privatealps") => new(installation, await installation.DisclosureAsync(), controller);

    public string Path(string path) => $"/v1/{controller}/{path}";

    public static string SomeReference() => $"abuse-{Guid.CreateVersion7():n}";

    public static object Subject(string email) => new { type = "email", value = email };

    public Task<Answer> PostAsync(string path, object body) => service.PostAsync(Path(path), Officer, body);

    public async Task<JsonNode> GetAsync(string path) => (await service.GetAsync(Path(path), Officer)).Ok();

    public async Task<JsonNode> RecipientAsync(string kind, string country = "CH", string? safeguard = null, string? name = null) =>
        (await PostAsync("recipients", new { kind, name = name ?? $"{kind} {Guid.CreateVersion7():n}", country, safeguard })).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> SignAsync(JsonNode recipient, string type, string reference = "paper-1") =>
        (await PostAsync($"recipients/{recipient["recipientId"]}/agreements", new { type, signedAt = "2026-01-02T10:00:00Z", reference })).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> GrantAsync(JsonNode recipient, params string[] categories) =>
        (await PostAsync($"recipients/{recipient["recipientId"]}/access-rights", new { categories, validFrom = "2026-01-02T10:00:00Z" })).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> OpenAsync(string reference, params string[] emails) =>
        (await PostAsync("cases", emails.Length == 0
            ? new { kind = "abuse-investigation", reference, reason = "spam was reported" }
            : new { kind = "abuse-investigation", reference, reason = "spam was reported", subjects = emails.Select(Subject) })).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> CloseAsync(string idOrReference) => (await PostAsync($"cases/{idOrReference}/closure", new { text = "nothing was found" })).Ok();

    /// <summary>Waits until what stands at a path is applied everywhere.</summary>
    public Task EffectiveAsync(string path, Func<JsonNode, JsonNode?> part) => Until.TrueAsync(async () => part(await GetAsync(path)) is not null, withinSeconds: 60, $"effectiveAt of {path}");
}

using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

/// <summary>One customer of almena, with what a test says and asks about them.</summary>
internal sealed class Customer(Installation installation, ServiceProcess service, string controller = "almena")
{
    public string Email { get; } = $"anna-{Guid.CreateVersion7():n}@example.se";

    public string Pseudonym => installation.PseudonymOf(Email, controller);

    public string System => installation.Token(Roles.System);

    public object Subject => new { type = "email", value = Email };

    public static async Task<Customer> OfAsync(Installation installation, string controller = "almena") => new(installation, await installation.ServiceAsync(), controller);

    public object Consent(params string[] purposes) =>
        new { subject = Subject, purposes, method = "web-form", language = "sv", evidence = new { reference = "order-17", qualities = new { free = true } } };

    public async Task<JsonNode> GiveAsync(params string[] purposes) => (await service.PostAsync(Path("consents"), System, Consent(purposes))).Ok(HttpStatusCode.Created);

    public async Task<JsonNode> WithdrawAsync(JsonNode given, params string[] purposes) =>
        (await service.PostAsync(Path($"consents/{given["consentId"]}/withdrawal"), System, purposes.Length == 0 ? new { method = "web-form" } : new { method = "web-form", purposes })).Ok();

    public async Task<JsonNode> RefuseAsync(object body) => (await service.PostAsync(Path("consents/refusals"), System, body)).Ok(HttpStatusCode.Created);

    public object Question(string purpose = "own-marketing") => new { operation = "use", purpose, categories = new[] { "email" }, subject = Subject, context = new { country = "SE" } };

    public async Task<JsonNode> MayAsync(string purpose = "own-marketing") => (await service.PostAsync(Path("decisions"), System, Question(purpose))).Ok();

    public async Task<JsonNode> SearchAsync(DateTimeOffset? asOf = null, string query = "") =>
        (await service.PostAsync(Path("consents/search" + query), System, asOf is null ? new { subject = Subject } : new { subject = Subject, asOf })).Ok();

    public async Task<JsonNode> GetAsync(string path, string role = Roles.Officer) => (await service.GetAsync(Path(path), installation.Token(role))).Ok();

    public string Path(string path) => $"/v1/{controller}/{path}";
}

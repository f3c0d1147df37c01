using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>What an officer of a controller puts on record at Disclosure, waiting until every decision knows it.</summary>
internal sealed class OfficersRegisters(Controller controller)
{
    /// <summary>Somebody new, of this kind.</summary>
    public Task<JsonNode> RecipientAsync(string kind, string country = "CH", string? safeguard = null, string? name = null) =>
        controller.RegisterAsync("recipients", new { kind, name = name ?? $"{kind} {Guid.CreateVersion7():n}", country, safeguard }, "officer");

    /// <summary>An employee with a right of access, by default one that counts.</summary>
    public async Task<JsonNode> EmployeeAsync(string category, double fromDays = -1, double? toDays = null)
    {
        var (employee, now) = (await RecipientAsync("employee"), await controller.NowAsync());
        await controller.RegisterAsync(
            Path(employee, "access-rights"), new { categories = new[] { category }, validFrom = now.AddDays(fromDays), validTo = toDays is { } days ? now.AddDays(days) : (DateTimeOffset?)null }, "officer");
        await EffectiveAsync(Path(employee), r => r["accessRights"]![0]!["effectiveAt"]);
        return employee;
    }

    /// <summary>The recipient signs an agreement.</summary>
    public async Task SignAsync(JsonNode recipient, string type)
    {
        await controller.RegisterAsync(Path(recipient, "agreements"), await AgreementAsync(type), "officer");
        await EffectiveAsync(Path(recipient), r => r["agreements"]!.AsArray()[^1]!["effectiveAt"]);
    }

    /// <summary>Such an agreement is refused; with the one fault that is told.</summary>
    public async Task<JsonNode> MayNotSignAsync(JsonNode recipient, string type, double? endsInDays = null) => Assert.Single(
        (await controller.PostAsync(Path(recipient, "agreements"), System.Text.Json.JsonSerializer.SerializeToNode(await AgreementAsync(type, endsInDays))!, HttpStatusCode.UnprocessableEntity, "officer"))["errors"]!.AsArray())!;

    /// <summary>Opens a case and gives its reference.</summary>
    public async Task<string> CaseAsync(string kind, params JsonObject[] subjects)
    {
        var reference = $"{kind}-{Guid.CreateVersion7():n}";
        await controller.RegisterAsync("cases", subjects.Length == 0 ? new { kind, reference, reason = "acceptance" } : new { kind, reference, reason = "acceptance", subjects }, "officer");
        await EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
        return reference;
    }

    public async Task CloseAsync(string reference)
    {
        await controller.PostAsync($"cases/{reference}/closure", new JsonObject { ["text"] = "acceptance" }, HttpStatusCode.OK, "officer");
        await EffectiveAsync($"cases/{reference}", c => c["effectiveAt"]);
    }

    public Task EffectiveAsync(string path, Func<JsonNode, JsonNode?> effectiveAt) =>
        Calls.EventuallyAsync(() => controller.GetAsync(path, "officer"), found => effectiveAt(found) is not null, $"{path} effective");

    public static string Path(JsonNode recipient, string? below = null) => $"recipients/{(string?)recipient["recipientId"]}{(below is null ? "" : $"/{below}")}";

    private async Task<object> AgreementAsync(string type, double? endsInDays = null)
    {
        var now = await controller.NowAsync();
        return new { type, signedAt = now.AddDays(-1), expiresAt = endsInDays is { } days ? now.AddDays(days) : (DateTimeOffset?)null, reference = "acceptance" };
    }
}

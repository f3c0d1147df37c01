using System.Text.Json;
using System.Text.Json.Serialization;

namespace Integritet.Gateway.Operations;

/// <summary>How far each service's publishing is behind its log, and the ledger behind each service.</summary>
public static class ShowLag
{
    private const string LedgerKeeper = "audit";

    /// <param name="Services">Every service of the installation.</param>
    /// <param name="Ledger">How far the ledger is behind each service, as Audit knows it; null where Audit does not answer.</param>
    public sealed record Document(IReadOnlyList<ServiceLag> Services, JsonElement? Ledger);

    /// <param name="Targets">What is published, by its name, with events and seconds behind; null where the service does not answer.</param>
    public sealed record ServiceLag(string Service, bool Answers, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] JsonElement? Targets);

    public static async Task<IResult> HandleAsync(HttpContext http, Services services)
    {
        var ledger = services.AskAsync(LedgerKeeper, HttpMethod.Get, "/internal/ledger-lag", null, http.RequestAborted);
        var lags = await Task.WhenAll(services.Names.Select(async service =>
        {
            var answer = await services.AskAsync(service, HttpMethod.Get, "/internal/lag", null, http.RequestAborted);
            return answer.Body is { } body && body.TryGetProperty("targets", out var targets) ? new ServiceLag(service, true, targets) : new ServiceLag(service, false, null);
        }));
        return TypedResults.Ok(new Document(lags, await ledger is { Body: { ValueKind: JsonValueKind.Array } behind } ? behind : null));
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Gateway.Access;
using Integritet.Gateway.Operations;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace Integritet.Gateway.Documentation;

/// <summary>
/// The one OpenAPI 3.1 document of the installation: the gateway's own calls and those of its services, as far as the gateway lets anybody through to them, with the roles that may call each.
/// </summary>
public sealed class OpenApiDocument(Services services, IServiceProvider provider, EndpointDataSource endpoints) : IDisposable
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FreshWhenIncomplete = TimeSpan.FromSeconds(2);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly Dictionary<string, JsonElement> _lastOf = new(StringComparer.Ordinal);
    private (byte[] Json, long MadeAt, bool Complete)? _made;

    public async Task<IResult> HandleAsync(HttpContext http)
    {
        http.Response.Headers.CacheControl = "public, max-age=30";
        return Results.Bytes(await GetAsync(http.RequestAborted), "application/json");
    }

    public void Dispose() => _turn.Dispose();

    private async Task<byte[]> GetAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (_made is { } made && System.Diagnostics.Stopwatch.GetElapsedTime(made.MadeAt) < (made.Complete ? Fresh : FreshWhenIncomplete))
                return made.Json;
            var (document, complete) = await MergeAsync(cancellationToken);
            var json = JsonSerializer.SerializeToUtf8Bytes(document);
            _made = (json, System.Diagnostics.Stopwatch.GetTimestamp(), complete);
            return json;
        }
        finally
        {
            _turn.Release();
        }
    }

    // A service that is away for the moment stays in the document as it was.
    private async Task<(JsonObject Document, bool Complete)> MergeAsync(CancellationToken cancellationToken)
    {
        var merged = new MergedDocument(RolesByCall());
        merged.Add("gateway", await OwnAsync(cancellationToken));
        var complete = true;
        foreach (var service in services.Names.Where(name => name != "gateway"))
        {
            var answer = await services.AskAsync(service, HttpMethod.Get, "/openapi/v1.json", null, cancellationToken);
            if (answer is { Status: System.Net.HttpStatusCode.OK, Body: { } body })
                _lastOf[service] = body;
            else
                complete = false;
            if (_lastOf.TryGetValue(service, out var last))
                merged.Add(service, last);
        }

        return (merged.Document, complete);
    }

    private async Task<JsonElement> OwnAsync(CancellationToken cancellationToken)
    {
        var document = await provider.GetRequiredKeyedService<IOpenApiDocumentProvider>("v1").GetOpenApiDocumentAsync(cancellationToken);
        var json = await document.SerializeAsJsonAsync(OpenApiSpecVersion.OpenApi3_1, cancellationToken);
        using var parsed = JsonDocument.Parse(json);
        return parsed.RootElement.Clone();
    }

    private Dictionary<(string Method, string Path), RouteAccess> RolesByCall()
    {
        var calls = new Dictionary<(string, string), RouteAccess>();
        foreach (var endpoint in endpoints.Endpoints)
            if (endpoint.Metadata.GetMetadata<RouteAccess>() is { } access)
                foreach (var method in endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? [])
                    calls[(method.ToLowerInvariant(), MergedDocument.Shape(access.Template))] = access;
        return calls;
    }
}

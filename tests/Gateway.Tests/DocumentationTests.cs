using System.Net;
using System.Text.Json;
using Integritet.Gateway.Access;
using Integritet.Gateway.Documentation;
using Microsoft.AspNetCore.Http;

namespace Integritet.Gateway.Tests;

public sealed class DocumentationTests(SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task There_is_one_document_of_gateway_and_services_for_everybody()
    {
        shared.Fresh().Upstream.Answer = http => http.Response.WriteAsync(
            """
            {"openapi":"3.1.1","paths":{"/v1/{controller}/consents":{"post":{"requestBody":{"content":{"application/json":{"schema":{"$ref":"#/components/schemas/Request"}}}},"responses":{"201":{"description":"Given"}}}},
             "/v1/{controller}/hidden":{"get":{"responses":{}}},"/internal/lag":{"get":{"responses":{}}}},"components":{"schemas":{"Request":{"type":"object"}}}}
            """);

        var (status, document, _) = await shared.Replica.CallAsync(null, HttpMethod.Get, "/openapi/v1.json");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.StartsWith("3.1", document.GetProperty("openapi").GetString());
        var paths = document.GetProperty("paths");
        var give = paths.GetProperty("/v1/{controller}/consents").GetProperty("post");
        Assert.Equal("consents", Assert.Single(give.GetProperty("tags").EnumerateArray()).GetString());
        Assert.Equal("consents.give", give.GetProperty("summary").GetString());
        Assert.Equal(["system", "subject"], give.GetProperty("x-roles").EnumerateArray().Select(r => r.GetString()!));
        Assert.True(paths.TryGetProperty("/v1/api-keys", out var keys) && keys.TryGetProperty("post", out _) && keys.TryGetProperty("get", out _));
        Assert.False(paths.TryGetProperty("/v1/{controller}/hidden", out _));
        Assert.False(paths.TryGetProperty("/internal/lag", out _));
        AssertReferencesResolve(document);
    }

    [Fact]
    public async Task The_page_is_there_with_its_scripts()
    {
        var (status, _, response) = await shared.Replica.CallAsync(null, HttpMethod.Get, "/docs/index.html");
        var page = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.DoesNotContain("<script>", page, StringComparison.Ordinal);
        Assert.Contains("script", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await shared.Replica.CallAsync(null, HttpMethod.Get, "/docs/swagger-ui-bundle.js")).Status);
        Assert.Contains("default-src 'self'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public void Schemas_of_two_services_may_have_one_name()
    {
        var calls = new Dictionary<(string, string), RouteAccess> { [("get", "/v1/{}/a")] = new("a", "/v1/{c}/a", Role.Auditor), [("get", "/v1/{}/b/{}")] = new("b", "/v1/{c}/b/{**x}", Role.None) };
        var merged = new MergedDocument(calls);
        merged.Add("one", Parse("""{"paths":{"/v1/{controller}/a":{"get":{"x":{"$ref":"#/components/schemas/T"}}}},"components":{"schemas":{"T":{"title":"one's"}}}}"""));
        merged.Add("two", Parse("""{"paths":{"/v1/{controller}/b/{id:guid}":{"get":{"x":{"$ref":"#/components/schemas/T"}}}},"components":{"schemas":{"T":{"title":"two's"}}}}"""));

        var document = Parse(merged.Document.ToJsonString());

        AssertReferencesResolve(document);
        Assert.Equal("one's", document.GetProperty("components").GetProperty("schemas").GetProperty("one.T").GetProperty("title").GetString());
        Assert.Empty(document.GetProperty("paths").GetProperty("/v1/{controller}/b/{id:guid}").GetProperty("get").GetProperty("security").EnumerateArray());
    }

    private static JsonElement Parse(string json) => JsonDocument.Parse(json).RootElement;

    private static void AssertReferencesResolve(JsonElement document)
    {
        var schemas = document.GetProperty("components").GetProperty("schemas");
        foreach (var name in References(document))
            Assert.True(schemas.TryGetProperty(name, out _), $"There is no schema '{name}'.");
    }

    private static IEnumerable<string> References(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => element.EnumerateObject().SelectMany(member =>
            member.Name == "$ref" ? [member.Value.GetString()!["#/components/schemas/".Length..]] : References(member.Value)),
        JsonValueKind.Array => element.EnumerateArray().SelectMany(References),
        _ => [],
    };
}

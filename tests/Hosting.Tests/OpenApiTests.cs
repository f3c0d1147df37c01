namespace Integritet.Hosting.Tests;

public sealed class OpenApiTests(SharedNoteService shared) : IClassFixture<SharedNoteService>
{
    [Fact]
    public async Task Services_get_an_OpenApi_3_1_document_of_the_public_routes_only()
    {
        using var tokens = shared.Service.Identities.Tokens("gateway");
        var document = await shared.Service.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/openapi/v1.json"), tokens.ForThisService());

        Assert.StartsWith("3.1", (string)document.Json["openapi"]!, StringComparison.Ordinal);
        var paths = document.Json["paths"]!.AsObject().Select(p => p.Key).ToArray();
        Assert.Contains("/v1/{controller}/notes", paths);
        Assert.DoesNotContain(paths, path => path.StartsWith("/internal", StringComparison.Ordinal));
        (await shared.Service.GetAsync("/openapi/v1.json")).AssertProblem(403, "forbidden");
    }
}

using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Integritet.Gateway.Access;

namespace Integritet.Gateway.Documentation;

/// <summary>Puts documents of several services together. Pure: calls that the gateway does not offer are left out; each service's schemas get its name in front.</summary>
public sealed partial class MergedDocument
{
    private const string SchemaReference = "#/components/schemas/";

    private readonly IReadOnlyDictionary<(string Method, string Path), RouteAccess> _calls;
    private readonly JsonObject _paths = [];
    private readonly JsonObject _schemas = [];

    /// <param name="calls">What the gateway offers, by method and <see cref="Shape"/> of the path.</param>
    public MergedDocument(IReadOnlyDictionary<(string Method, string Path), RouteAccess> calls)
    {
        _calls = calls;
        _schemas["Problem"] = JsonNode.Parse(
            """
            {"type":"object","description":"RFC 9457","properties":{"type":{"type":"string"},"title":{"type":"string"},"status":{"type":"integer"},"detail":{"type":"string"},"instance":{"type":"string"},
             "traceId":{"type":"string"},"errors":{"type":"array","items":{"type":"object","properties":{"detail":{"type":"string"},"pointer":{"type":"string"},"code":{"type":"string"},"rule":{"type":"string"}}}}}}
            """);
        Document = new JsonObject
        {
            ["openapi"] = "3.1.1",
            ["info"] = new JsonObject { ["title"] = "Integritet", ["version"] = "v1", ["description"] = "Executes an organisation's privacy promises and proves that it did." },
            ["paths"] = _paths,
            ["components"] = new JsonObject
            {
                ["schemas"] = _schemas,
                ["securitySchemes"] = new JsonObject { ["bearer"] = new JsonObject { ["type"] = "http", ["scheme"] = "bearer", ["description"] = "An API key or a subject token." } },
            },
            ["security"] = new JsonArray(new JsonObject { ["bearer"] = new JsonArray() }),
        };
    }

    public JsonObject Document { get; }

    /// <summary>A path's pattern without what may differ between gateway and service: names and constraints of parameters.</summary>
    public static string Shape(string pattern) => Parameter().Replace(pattern, "{}").TrimEnd('/');

    public void Add(string service, JsonElement document)
    {
        if (document.TryGetProperty("paths", out var paths))
            foreach (var path in paths.EnumerateObject())
                foreach (var operation in path.Value.EnumerateObject())
                    if (_calls.TryGetValue((operation.Name, Shape(path.Name)), out var access))
                        Add(service, path.Name, operation, access);
        if (document.TryGetProperty("components", out var components) && components.TryGetProperty("schemas", out var schemas))
            foreach (var schema in schemas.EnumerateObject())
                _schemas[$"{service}.{schema.Name}"] = Own(service, schema.Value);
    }

    private void Add(string service, string path, JsonProperty operation, RouteAccess access)
    {
        var item = _paths[path] as JsonObject ?? [];
        _paths[path] = item;
        var described = (JsonObject)Own(service, operation.Value)!;
        described["operationId"] = access.Operation;
        described["tags"] = new JsonArray(Resource(path));
        described["summary"] ??= access.Operation;
        described["x-roles"] = new JsonArray([.. RoleNames.Of(access.Roles).Select(role => (JsonNode)role)]);
        if (access.Public)
            described["security"] = new JsonArray();
        var responses = described["responses"] as JsonObject ?? [];
        described["responses"] = responses;
        responses["default"] = JsonNode.Parse("""{"description":"A problem","content":{"application/problem+json":{"schema":{"$ref":"#/components/schemas/Problem"}}}}""");
        item[operation.Name] = described;
    }

    // Calls stand together by what they are about: the first word of the path after the version and the controller.
    private static string Resource(string path) => path.Split('/', StringSplitOptions.RemoveEmptyEntries).Skip(1).FirstOrDefault(part => part[0] != '{') ?? "other";

    // Schemas of two services may have one name.
    private static JsonNode? Own(string service, JsonElement element) => JsonNode.Parse(element.GetRawText().Replace($"\"{SchemaReference}", $"\"{SchemaReference}{service}.", StringComparison.Ordinal));

    [GeneratedRegex(@"\{[^}]*\}", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Parameter();
}

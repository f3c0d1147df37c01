using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Integritet.Platform.Hosting;

/// <summary>The service's own OpenAPI 3.1 document at <c>/openapi/v1.json</c>, for the gateway, which merges those of all services into the public one.</summary>
internal static class OpenApi
{
    public static void Add(IServiceCollection services, ServiceDescription description) => services.AddOpenApi("v1", options =>
    {
        options.OpenApiVersion = OpenApiSpecVersion.OpenApi3_1;
        options.ShouldInclude = api => api.RelativePath?.StartsWith("v1/", StringComparison.Ordinal) == true;
        options.AddDocumentTransformer((document, _, _) =>
        {
            document.Info = new OpenApiInfo { Title = $"Integritet {description.Name}", Version = "v1" };
            document.Servers = [];
            return Task.CompletedTask;
        });
        options.AddOperationTransformer((operation, context, _) =>
        {
            AddPathParameters(operation, context.Description.RelativePath ?? "");
            return Task.CompletedTask;
        });
    });

    // Endpoints read the controller and ids from the request themselves, so the framework does not know that the path has them.
    private static void AddPathParameters(OpenApiOperation operation, string path)
    {
        operation.Parameters ??= [];
        foreach (var segment in path.Split('/').Where(s => s is ['{', .., '}']))
        {
            if (!operation.Parameters.Any(p => p.In == ParameterLocation.Path && p.Name == segment[1..^1]))
                operation.Parameters.Add(new OpenApiParameter { Name = segment[1..^1], In = ParameterLocation.Path, Required = true, Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
        }
    }

    // The gateway's merged document stands at the more specific path, and is for everybody.
    public static void Map(WebApplication app) => app.MapOpenApi("/openapi/{documentName}.json").RequireService();
}

using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using Yarp.ReverseProxy.Configuration;

namespace Integritet.Benchmarks.Gateway;

/// <summary>The baseline: a reverse proxy that does nothing else, in front of an endpoint that makes one durable insert of what it was sent. Each is a process of its own, as ours are.</summary>
internal static class Bare
{
    public const string Table = "create table if not exists bare (id uuid primary key, data jsonb not null, at timestamptz not null default now())";

    public static async Task<int> RunProxyAsync(string port, string endpoint)
    {
        var builder = Builder(port);
        builder.Services.AddReverseProxy().LoadFromMemory(
            [new RouteConfig { RouteId = "all", ClusterId = "endpoint", Match = new RouteMatch { Path = "/{**path}" } }],
            [new ClusterConfig { ClusterId = "endpoint", Destinations = new Dictionary<string, DestinationConfig>(StringComparer.Ordinal) { ["one"] = new() { Address = endpoint } } }]);
        await using var app = builder.Build();
        app.MapReverseProxy();
        await app.RunAsync();
        return 0;
    }

    public static async Task<int> RunEndpointAsync(string port, string connectionString)
    {
        await using var dataSource = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(connectionString) { MaxAutoPrepare = 10, AutoPrepareMinUsages = 2, MaxPoolSize = 40 });
        await using var app = Builder(port).Build();
        app.MapPost("/{**path}", async (HttpContext http) =>
        {
            using var question = await JsonDocument.ParseAsync(http.Request.Body);
            var id = Guid.CreateVersion7();
            await using var insert = dataSource.CreateCommand("insert into bare (id, data) values ($1, $2)");
            insert.Parameters.Add(new() { Value = id });
            insert.Parameters.Add(new() { Value = JsonSerializer.Serialize(question), NpgsqlDbType = NpgsqlDbType.Jsonb });
            await insert.ExecuteNonQueryAsync();
            return TypedResults.Ok(new { decisionId = id, outcome = "permit", allowed = true });
        });
        await app.RunAsync();
        return 0;
    }

    private static WebApplicationBuilder Builder(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        return builder;
    }
}

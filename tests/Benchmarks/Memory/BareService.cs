using System.Diagnostics;
using System.Globalization;
using Integritet.Servers;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Npgsql;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Integritet.Benchmarks.Memory;

/// <summary>The baseline of memory: an application with the services' packages, each in use once, and no code of ours.</summary>
internal sealed class BareService(Process process, int port) : IDisposable
{
    public Process Process => process;

    public int Port => port;

    public static BareService Start(string connectionString, string brokerUri)
    {
        var port = LoopbackPort.Reserve();
        var arguments = new[] { typeof(BareService).Assembly.Location, "bare-service", port.ToString(CultureInfo.InvariantCulture), connectionString, brokerUri };
        return new BareService(Process.Start(new ProcessStartInfo("dotnet", arguments) { UseShellExecute = false })!, port);
    }

    public static async Task<int> RunAsync(string port, string connectionString, string brokerUri)
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        await using var database = NpgsqlDataSource.Create(connectionString);
        builder.Services.AddMassTransit(bus => bus.UsingRabbitMq((context, broker) =>
        {
            broker.Host(new Uri(brokerUri));
            broker.ReceiveEndpoint("bare", endpoint =>
            {
                endpoint.SetQuorumQueue();
                endpoint.Handler<Said>(_ => Task.CompletedTask);
            });
        }));
        using var traces = Sdk.CreateTracerProviderBuilder().AddSource("Microsoft.AspNetCore", "Npgsql", "MassTransit").Build();
        using var metrics = Sdk.CreateMeterProviderBuilder().AddMeter("Microsoft.AspNetCore.Hosting", "Npgsql", "MassTransit").Build();
        await using var app = builder.Build();
        app.MapGet("/", async (HttpContext http) =>
        {
            await using var ask = database.CreateCommand("select 1");
            return Results.Json(new { answer = await ask.ExecuteScalarAsync(http.RequestAborted) });
        });
        await app.RunAsync();
        return 0;
    }

    /// <summary>A message, so that the bus has something to carry.</summary>
    public sealed record Said(string Text);

    public void Dispose() => process.Dispose();
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Integritet.Platform.Hosting;

/// <summary>
/// OpenTelemetry traces and metrics over OTLP where <c>Telemetry__OtlpEndpoint</c> is set, and nothing where it is not. A <c>/metrics</c> page for scraping is not among it: the collector offers one
/// (the Prometheus exporter package is not to be had for this version).
/// </summary>
internal sealed class Telemetry(IConfiguration configuration, ServiceDescription description) : IHostedService, IDisposable
{
    private static readonly string[] Sources = ["Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "MassTransit", "Integritet.*"];
    private static readonly string[] Meters =
        ["Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "MassTransit", "Integritet.*"];

    private TracerProvider? _traces;
    private MeterProvider? _metrics;

    public static void Add(IServiceCollection services) => services.AddHostedService<Telemetry>();

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (configuration["Telemetry:OtlpEndpoint"] is not { Length: > 0 } endpoint)
            return Task.CompletedTask;
        var address = Uri.TryCreate(endpoint, UriKind.Absolute, out var uri)
            ? uri : throw new InvalidOperationException($"Telemetry__OtlpEndpoint is not an address: '{endpoint}'. Give that of an OTLP/gRPC receiver, as http://otel:4317.");
        var resource = ResourceBuilder.CreateEmpty().AddService($"integritet-{description.Name}", serviceNamespace: "integritet", serviceInstanceId: Environment.MachineName);
        _traces = Sdk.CreateTracerProviderBuilder().SetResourceBuilder(resource).AddSource(Sources).AddOtlpExporter(o => Configure(o, address)).Build();
        _metrics = Sdk.CreateMeterProviderBuilder().SetResourceBuilder(resource).AddMeter(Meters).AddOtlpExporter(o => Configure(o, address)).Build();
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        _traces?.ForceFlush(2_000);
        _metrics?.ForceFlush(2_000);
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static void Configure(OtlpExporterOptions options, Uri address) => (options.Endpoint, options.TimeoutMilliseconds) = (address, 5_000);
}

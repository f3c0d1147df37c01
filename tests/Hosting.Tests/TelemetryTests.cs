using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace Integritet.Hosting.Tests;

public sealed class TelemetryTests(Database database)
{
    [Fact]
    public async Task Traces_and_metrics_go_to_the_configured_receiver()
    {
        var received = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        await using var receiver = await StartReceiverAsync(received);
        await using (var service = await NoteService.StartAsync(await database.CreateAsync(), $"--Telemetry:OtlpEndpoint={receiver.Urls.Single()}"))
        {
            Assert.Equal(201, (await service.PostAsync("/v1/almena/notes", """{"text":"a"}""")).Status);
            await service.StopAsync();
        }

        // A service does not wait long for its receiver when it stops; what it has sent may be taken in a moment later.
        await Until.TrueAsync(() => Task.FromResult(received.ContainsKey("/opentelemetry.proto.collector.trace.v1.TraceService/Export")));
        await Until.TrueAsync(() => Task.FromResult(received.ContainsKey("/opentelemetry.proto.collector.metrics.v1.MetricsService/Export")));
    }

    [Fact]
    public async Task An_event_carries_the_trace_of_its_request()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        var request = new HttpRequestMessage(HttpMethod.Post, "/v1/almena/counters/c-1");
        request.Headers.Add("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        request.Headers.Add("X-Correlation-Id", "conversation-1");

        await service.SendAsync(request, NoteService.System);

        var metadata = Assert.Single(await service.Store.ReadStreamAsync("almena", "note-c-1", cancellationToken: TestContext.Current.CancellationToken)).Metadata;
        Assert.Equal(("conversation-1", "key-1"), (metadata.CorrelationId, metadata.Actor));
        Assert.StartsWith("00-4bf92f3577b34da6a3ce929d0e0e4736-", metadata.TraceParent, StringComparison.Ordinal);
    }

    // Speaks just enough OTLP over gRPC: says yes to everything.
    private static async Task<WebApplication> StartReceiverAsync(ConcurrentDictionary<string, int> received)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.MapPost("/{*method}", async (HttpContext http) =>
        {
            await http.Request.Body.CopyToAsync(Stream.Null, http.RequestAborted);
            received.AddOrUpdate(http.Request.Path, 1, (_, count) => count + 1);
            http.Response.ContentType = "application/grpc";
            http.Response.DeclareTrailer("grpc-status");
            await http.Response.Body.WriteAsync(new byte[5], http.RequestAborted);
            http.Response.AppendTrailer("grpc-status", "0");
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}

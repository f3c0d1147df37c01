using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Integritet.Gateway.Tests;

/// <summary>What a service behind the gateway received.</summary>
public sealed record Received(string Method, string Path, ILookup<string, string> Headers, string Body);

/// <summary>A small service behind the gateway, over real HTTP. It keeps what it received, and answers as the test says.</summary>
public sealed class Upstream : IAsyncDisposable
{
    private readonly WebApplication _app;

    private Upstream(WebApplication app) => _app = app;

    public ConcurrentQueue<Received> Requests { get; } = new();

    /// <summary>How the next requests are answered, once they are received.</summary>
    public RequestDelegate Answer { get; set; } = Ok;

    /// <summary>Reads the body itself; otherwise it is read whole before <see cref="Answer"/>.</summary>
    public RequestDelegate? Take { get; set; }

    public string Address => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();

    public static async Task<Upstream> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0").ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        var app = builder.Build();
        var upstream = new Upstream(app);
        app.Run(upstream.HandleAsync);
        await app.StartAsync();
        return upstream;
    }

    public void Reset()
    {
        (Answer, Take) = (Ok, null);
        Requests.Clear();
    }

    public Task StopAsync() => _app.StopAsync();

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static Task Ok(HttpContext http) => http.Response.WriteAsJsonAsync(new { ok = true });

    private async Task HandleAsync(HttpContext http)
    {
        if (Take is { } take)
        {
            await take(http);
            return;
        }

        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var headers = http.Request.Headers.SelectMany(h => h.Value.Select(value => (h.Key, Value: value ?? ""))).ToLookup(h => h.Key, h => h.Value, StringComparer.OrdinalIgnoreCase);
        Requests.Enqueue(new Received(http.Request.Method, http.Features.Get<IHttpRequestFeature>()!.RawTarget, headers, body));
        await Answer(http);
    }
}

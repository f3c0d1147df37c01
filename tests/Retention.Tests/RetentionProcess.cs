using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Tests;

/// <summary>An answer over HTTP.</summary>
public sealed record Answer(HttpStatusCode Status, JsonNode? Body, HttpResponseMessage Response)
{
    public JsonNode Ok(HttpStatusCode expected = HttpStatusCode.OK)
    {
        Assert.True(Status == expected, $"{(int)Status} instead of {(int)expected}: {Body}");
        return Body!;
    }

    /// <summary>A problem document of this status, with these pointers.</summary>
    public JsonNode Problem(int status, params string[] pointers)
    {
        Assert.True((int)Status == status, $"{(int)Status} instead of {status}: {Body}");
        Assert.Equal("application/problem+json", Response.Content.Headers.ContentType?.MediaType);
        Assert.StartsWith("urn:integritet:problem:", (string?)Body!["type"], StringComparison.Ordinal);
        Assert.NotNull(Body["traceId"]);
        if (pointers.Length > 0)
            Assert.Equal(pointers, Body["errors"]!.AsArray().Select(e => (string?)e!["pointer"]));
        return Body;
    }
}

/// <summary>One replica of the service, a process of its own, reached over HTTP.</summary>
public sealed class RetentionProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly HttpClient _http;

    public RetentionProcess(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Integritet.Retention.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var port = FreePort();
        start.Environment["urls"] = $"http://127.0.0.1:{port}";
        _http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(60) };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => _http.BaseAddress!;

    public Task ReadyAsync() => UntilAsync("/health/ready", HttpStatusCode.OK);

    public Task LiveAsync() => UntilAsync("/health/live", HttpStatusCode.OK);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? token, HttpContent? content = null, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        // A body over the limit is refused before it is sent; otherwise the answer races the cut connection.
        request.Headers.ExpectContinue = content?.Headers.ContentLength > 1024 * 1024;
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers)
            request.Headers.TryAddWithoutValidation(name, value);
        var response = await _http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response);
    }

    public Task<Answer> PostAsync(string path, string? token, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, token, body as HttpContent ?? Json(body as string ?? System.Text.Json.JsonSerializer.Serialize(body, JsonText.Options)), headers);

    public Task<Answer> GetAsync(string path, string? token) => SendAsync(HttpMethod.Get, path, token);

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        _http.Dispose();
    }

    private Task UntilAsync(string path, HttpStatusCode status) => Until.TrueAsync(
        async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The service ended with {_process.ExitCode}:\n{Output}");
            try
            {
                return (await GetAsync(path, token: null)).Status == status;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        withinSeconds: 120);

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}

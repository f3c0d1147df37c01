using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;
using Integritet.Servers;

namespace Integritet.Disclosure.Tests;

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

/// <summary>A service as a process of its own, reached over HTTP.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly HttpClient _http;

    /// <param name="name">As in its folder: <c>Disclosure</c>.</param>
    /// <param name="port">Where it listens.</param>
    /// <param name="environment">Its settings.</param>
    public ServiceProcess(string name, int port, IReadOnlyDictionary<string, string> environment)
    {
        var build = Path.GetRelativePath(Path.Combine(Repository.Root, "tests", "Disclosure.Tests"), AppContext.BaseDirectory);
        var assembly = Path.Combine(Repository.Root, "services", name, build, $"Integritet.{name}.dll");
        var start = new ProcessStartInfo("dotnet", [assembly]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (setting, value) in environment)
            start.Environment[setting] = value;
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

    public Task ReadyAsync() => UntilAsync("/health/ready");

    public Task LiveAsync() => UntilAsync("/health/live");

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
        SendAsync(HttpMethod.Post, path, token, body as HttpContent ?? Json(body as string ?? JsonSerializer.Serialize(body, JsonText.Options)), headers);

    public Task<Answer> GetAsync(string path, string? token) => SendAsync(HttpMethod.Get, path, token);

    public static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

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

    private Task UntilAsync(string path) => Until.TrueAsync(
        async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"The service ended with {_process.ExitCode}:\n{Output}");
            try
            {
                return (await GetAsync(path, token: null)).Status == HttpStatusCode.OK;
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
}

using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Servers;

/// <summary>A service as a process of its own, reached over HTTP.</summary>
public sealed class ServiceProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();
    private readonly int _readyWithinSeconds;

    /// <param name="name">As in its folder: <c>Consent</c>.</param>
    /// <param name="environment">Its settings.</param>
    /// <param name="port">Where it listens; a free one where none is told.</param>
    /// <param name="readyWithinSeconds">How long it may take to start.</param>
    /// <param name="answerWithinSeconds">How long it may take to answer.</param>
    public ServiceProcess(string name, IReadOnlyDictionary<string, string> environment, int? port = null, int readyWithinSeconds = 120, int answerWithinSeconds = 60)
    {
        _readyWithinSeconds = readyWithinSeconds;
        var start = new ProcessStartInfo("dotnet", [AssemblyOf(name)]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (setting, value) in environment)
            start.Environment[setting] = value;
        var address = $"http://127.0.0.1:{port ?? LoopbackPort.Reserve()}";
        start.Environment["urls"] = address;
        // Asked with Expect, a body waits for the server's word however long that takes.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(answerWithinSeconds) };
        Http = new HttpClient(handler) { BaseAddress = new Uri(address), Timeout = TimeSpan.FromSeconds(answerWithinSeconds) };
        _process = Process.Start(start)!;
        AppDomain.CurrentDomain.ProcessExit += EndWithTests;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Asks it, without a token.</summary>
    public HttpClient Http { get; }

    /// <summary>What it has written to its console.</summary>
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
        var response = await Http.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return new Answer(response.StatusCode, text.Length == 0 ? null : JsonNode.Parse(text), response);
    }

    public Task<Answer> PostAsync(string path, string? token, object body, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Post, path, token, body as HttpContent ?? Json(body as string ?? JsonSerializer.Serialize(body, JsonText.Options)), headers);

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
        AppDomain.CurrentDomain.ProcessExit -= EndWithTests;
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        Http.Dispose();
    }

    // A fixture that fails to start is not disposed of.
    private void EndWithTests(object? sender, EventArgs e) => _process.Kill();

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
        _readyWithinSeconds);

    // The service's own build, made in the same configuration as that of the tests.
    private static string AssemblyOf(string name)
    {
        var tests = Path.GetRelativePath(Repository.Root, AppContext.BaseDirectory).Split(Path.DirectorySeparatorChar);
        return Path.Combine([Repository.Root, "services", name, .. tests[2..], $"Integritet.{name}.dll"]);
    }

    private void Keep(object sender, DataReceivedEventArgs line)
    {
        lock (_output)
            _output.AppendLine(line.Data);
    }
}

using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Integritet.Servers;
using Integritet.SystemTests;

[assembly: System.Runtime.Versioning.SupportedOSPlatform("linux")]
[assembly: AssemblyFixture(typeof(Installation))]

// The tests share one installation, and some of them kill its parts.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Integritet.SystemTests;

/// <summary>
/// The whole system, started by <c>deploy/run --native --detach --test-clock</c> with its state in a directory of its own. With INTEGRITET_TEST_INSTALLATION, the state directory of one that runs already.
/// </summary>
public sealed class Installation : IAsyncLifetime
{
    public const string RunningVariable = "INTEGRITET_TEST_INSTALLATION";

    private readonly string? _running = Environment.GetEnvironmentVariable(RunningVariable);
    private readonly Dictionary<string, HttpClient> _clients = new(StringComparer.Ordinal);

    /// <summary>The directory with its secrets, logs, pids and servers.</summary>
    public string State { get; private set; } = "";

    public Uri Url { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        State = _running ?? Path.Combine(Path.GetTempPath(), $"integritet-system-{Guid.CreateVersion7():n}");
        if (_running is null)
            (await RunAsync("deploy/run", "--native", "--detach", "--test-clock", "--state", State, "--port", LoopbackPort.Reserve().ToString(CultureInfo.InvariantCulture))).ShouldSucceed();
        var credentials = JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(State, "credentials.json")))!.AsObject();
        Url = new Uri(credentials["url"]!.GetValue<string>());
        foreach (var (person, key) in credentials.Where(c => c.Key != "url"))
            _clients[person] = Client(new AuthenticationHeaderValue("Bearer", key!.GetValue<string>()));
        _clients["nobody"] = Client(null);
    }

    /// <summary>A client with the credential of that name: system, officer, auditor ...; or of nobody.</summary>
    public HttpClient As(string person) => _clients[person];

    /// <summary>kill -9 of one service's process; its supervisor starts it again.</summary>
    public void KillService(string name)
    {
        using var process = Process.GetProcessById(int.Parse(File.ReadAllText(Path.Combine(State, "pids", name)), CultureInfo.InvariantCulture));
        process.Kill();
        process.WaitForExit();
    }

    /// <summary>Waits until the gateway and every service is ready, with nothing degraded.</summary>
    public async Task SettleAsync()
    {
        foreach (var address in Directory.EnumerateFiles(Path.Combine(State, "ports")).Select(file => new Uri($"http://127.0.0.1:{File.ReadAllText(file).Trim()}")).Append(Url))
            await Calls.EventuallyAsync(() => HealthAsync(new Uri(address, "/health/ready")), health => health?["degraded"]!.AsArray().Count == 0, $"{address} ready");
    }

    private async Task<JsonNode?> HealthAsync(Uri address)
    {
        using var response = await As("nobody").GetAsync(address, TestContext.Current.CancellationToken);
        return response.IsSuccessStatusCode ? JsonNode.Parse(await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)) : null;
    }

    /// <summary>Makes PostgreSQL or RabbitMQ start, stop or die.</summary>
    public async Task ServerAsync(string kind, string verb) => (await RunAsync("deploy/local/server", kind, verb, Path.Combine(State, kind))).ShouldSucceed();

    /// <summary>The directory in which that server keeps its files.</summary>
    public async Task<string> StateOfAsync(string kind) => (await File.ReadAllTextAsync(Path.Combine(State, "secrets", $"{kind}.address"))).Split(' ')[0];

    /// <summary>Runs a script of the repository, or bash.</summary>
    public Task<Outcome> RunAsync(string script, params string[] arguments) => RunAsync(script, input: "", arguments);

    public async Task<Outcome> RunAsync(string script, string input, string[] arguments)
    {
        var path = script == "bash" ? script : Path.Combine(Repository.Root, script);
        var start = new ProcessStartInfo(path, arguments)
        {
            WorkingDirectory = Repository.Root, UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true,
        };
        start.Environment["INTEGRITET_STATE"] = State;
        using var process = Process.Start(start)!;
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return new Outcome(script, process.ExitCode, await output, await error);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var client in _clients.Values)
            client.Dispose();
        if (_running is not null)
            return;
        await RunAsync("deploy/stop", "--state", State);
        await ServerAsync("postgres", "remove");
        await ServerAsync("rabbitmq", "remove");
        Directory.Delete(State, recursive: true);
    }

    private HttpClient Client(AuthenticationHeaderValue? authorization)
    {
        // Kept connections end when a killed gateway does; the next call opens another. Asked with Expect, a body waits for the server's word however long that takes.
        var client = new HttpClient(new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) }) { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(60) };
        client.DefaultRequestHeaders.Authorization = authorization;
        return client;
    }
}

/// <summary>How a script ended.</summary>
public sealed record Outcome(string Script, int ExitCode, string Output, string Error)
{
    public void ShouldSucceed() => Assert.True(ExitCode == 0, $"{Script} ended with {ExitCode}:\n{Output}\n{Error}");
}

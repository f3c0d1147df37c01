using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Integritet.Servers;
using Npgsql;

namespace Integritet.Benchmarks.Gateway;

/// <summary>A decision through the gateway and Consent, as <c>deploy/run</c> starts them with everything else, against the baseline on the same PostgreSQL.</summary>
internal static class GatewayBenchmarks
{
    private const int Subjects = 100;

    /// <summary>The runtime compiles what is hot in its first half minute; each side is given that before it counts.</summary>
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(25);

    public static async Task<int> RunAsync(string[] args)
    {
        var round = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 6);
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        await using var system = await RunningSystem.StartAsync();
        await using var bare = await BareProcesses.StartAsync(await system.CreateDatabaseAsync());
        await system.GiveConsentsAsync(Subjects);

        Console.WriteLine(ComparisonTable.Header);
        var lags = new List<string>();
        foreach (var callers in new[] { 32, 1 })
        {
            using var baseline = new Load(bare.ProxyPort, callers, [RawHttp.Post("127.0.0.1", bare.ProxyPort, "/v1/almena/decisions", null, Question(0))]);
            using var ours = new Load(system.Port, callers, [.. Enumerable.Range(0, Subjects).Select(i => RawHttp.Post("127.0.0.1", system.Port, "/v1/almena/decisions", system.Key, Question(i)))]);
            if (callers > 1)
            {
                await Measurement.RunAsync(callers, WarmUp, baseline.SendAsync);
                await Measurement.RunAsync(callers, WarmUp, ours.SendAsync);
            }
            Console.WriteLine(await ComparisonTable.RowAsync(new Comparison("decision through gateway and service", "decisions", 0.7, callers, baseline.SendAsync, ours.SendAsync), round, rounds));
            var lag = await system.LedgerLagAsync();
            lags.Add(string.Create(CultureInfo.InvariantCulture, $"{callers} callers: {lag}"));
        }

        Console.WriteLine();
        Console.WriteLine(string.Join('\n', lags));
        return 0;
    }

    public static string Address(int subject) => string.Create(CultureInfo.InvariantCulture, $"customer{subject}@example.com");

    public static string Question(int subject) =>
        $$$"""{"operation":"use","purpose":"own-marketing","categories":["email"],"subject":{"type":"email","value":"{{{Address(subject)}}}"}}""";

    /// <summary>Connections that each send one request after the other.</summary>
    private sealed class Load(int port, int callers, byte[][] requests) : IDisposable
    {
        private readonly RawHttp[] _connections = [.. Enumerable.Range(0, callers).Select(_ => new RawHttp("127.0.0.1", port))];
        private int _next;

        public async ValueTask<int> SendAsync(int caller)
        {
            await _connections[caller].SendAsync(requests[(uint)Interlocked.Increment(ref _next) % (uint)requests.Length]);
            return 1;
        }

        public void Dispose() => Array.ForEach(_connections, connection => connection.Dispose());
    }
}

/// <summary>The two processes of the baseline.</summary>
internal sealed class BareProcesses(Process endpoint, Process proxy, int proxyPort) : IAsyncDisposable
{
    public int ProxyPort => proxyPort;

    public static async Task<BareProcesses> StartAsync(string connectionString)
    {
        var (endpointPort, proxyPort) = (LoopbackPort.Reserve(), LoopbackPort.Reserve());
        var endpoint = Start("bare-endpoint", endpointPort, connectionString);
        var proxy = Start("bare-proxy", proxyPort, string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{endpointPort}"));
        await Ports.OpenAsync(endpointPort);
        await Ports.OpenAsync(proxyPort);
        return new BareProcesses(endpoint, proxy, proxyPort);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in new[] { proxy, endpoint })
        {
            process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
    }

    private static Process Start(string verb, int port, string argument) =>
        Process.Start(new ProcessStartInfo("dotnet", [typeof(BareProcesses).Assembly.Location, verb, port.ToString(CultureInfo.InvariantCulture), argument]) { UseShellExecute = false })!;
}

/// <summary>The whole system, started and stopped by the scripts that an operator uses.</summary>
internal sealed class RunningSystem : IAsyncDisposable
{
    private static readonly string[] Purposes = ["own-marketing"];

    private readonly string _state;
    private readonly bool _ours;
    private readonly HttpClient _client;
    private readonly JsonElement _credentials;

    private RunningSystem(string state, int port, bool ours)
    {
        (_state, Port, _ours) = (state, port, ours);
        _credentials = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(state, "credentials.json"))).RootElement;
        _client = new HttpClient { BaseAddress = new Uri(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}")) };
    }

    public int Port { get; }

    public string Key => _credentials.GetProperty("system").GetString()!;

    public static async Task<RunningSystem> StartAsync(params string[] options)
    {
        var (state, port) = (Path.Combine(Path.GetTempPath(), $"integritet-bench-{Guid.CreateVersion7():n}"), LoopbackPort.Reserve());
        await ScriptAsync("run", ["--native", "--detach", "--state", state, "--port", port.ToString(CultureInfo.InvariantCulture), .. options]);
        return new RunningSystem(state, port, ours: true);
    }

    /// <summary>One that runs already, and goes on running.</summary>
    public static RunningSystem Of(string state) => new(state, new Uri(File.ReadAllText(Path.Combine(state, "url")).Trim()).Port, ours: false);

    /// <summary>The process ids of these services.</summary>
    public IEnumerable<(string Service, int Pid)> Pids(IEnumerable<string> services) =>
        services.Select(s => (s, int.Parse(File.ReadAllText(Path.Combine(_state, "pids", s)), CultureInfo.InvariantCulture)));

    /// <summary>The broker's process id.</summary>
    public int BrokerPid() => int.Parse(File.ReadAllText(Path.Combine(AddressOf("rabbitmq")[0], "pid")), CultureInfo.InvariantCulture);

    /// <summary>The system's broker, for a baseline of memory.</summary>
    public string BrokerUri()
    {
        var address = AddressOf("rabbitmq");
        return $"amqp://integritet:{address[2]}@127.0.0.1:{address[1]}/";
    }

    /// <summary>A client with somebody's credential; patient, since some answers take long.</summary>
    public HttpClient ClientOf(string who)
    {
        var client = new HttpClient { BaseAddress = _client.BaseAddress, Timeout = TimeSpan.FromMinutes(10) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _credentials.GetProperty(who).GetString());
        return client;
    }

    /// <summary>A service's own database, as superuser.</summary>
    public string DatabaseOf(string service)
    {
        var settings = Superuser();
        settings.Database = service;
        return settings.ConnectionString;
    }

    /// <summary>How many events are not yet published to the ledger, and how long it takes until none is but those of asking, which is recorded too.</summary>
    public async Task<(long Events, double Seconds)> LagAsync()
    {
        const int ofAsking = 5;
        var since = Stopwatch.GetTimestamp();
        var first = await BehindAsync();
        while (await BehindAsync() > ofAsking && Stopwatch.GetElapsedTime(since) < TimeSpan.FromMinutes(2))
            await Task.Delay(200);
        return (first, Stopwatch.GetElapsedTime(since).TotalSeconds);
    }

    /// <summary>The policy in force, as handed in.</summary>
    public async Task<string> PolicyAsync(string controller)
    {
        using var client = ClientOf("officer");
        client.DefaultRequestHeaders.Accept.Add(new MediaTypeWithQualityHeaderValue("application/yaml"));
        return await client.GetStringAsync(new Uri($"/v1/{controller}/policies/in-force", UriKind.Relative));
    }

    /// <summary>Publishes a policy, in force at once; tells its version.</summary>
    public async Task<int> PublishAsync(string controller, string document)
    {
        using var client = ClientOf("officer");
        using var content = new StringContent(document, System.Text.Encoding.UTF8, "application/yaml");
        using var drafted = await client.PostAsync(new Uri($"/v1/{controller}/policies", UriKind.Relative), content);
        var version = (await drafted.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("version");
        using var published = await client.PostAsJsonAsync(new Uri($"/v1/{controller}/policies/{version}/publication", UriKind.Relative), new { });
        published.EnsureSuccessStatusCode();
        return version.GetInt32();
    }

    public async Task<JsonElement> GetAsync(string path, string who)
    {
        using var response = await SendAsync(HttpMethod.Get, path, who, null);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>A database of the baseline's own on the system's PostgreSQL.</summary>
    public async Task<string> CreateDatabaseAsync()
    {
        var settings = Superuser();
        settings.Pooling = false;
        await ExecuteAsync(settings.ConnectionString, "create database bare");
        settings.Database = "bare";
        settings.Pooling = true;
        await ExecuteAsync(settings.ConnectionString, Bare.Table);
        return settings.ConnectionString;
    }

    public async Task GiveConsentsAsync(int subjects)
    {
        for (var i = 0; i < subjects; i++)
        {
            using var response = await SendAsync(HttpMethod.Post, "/v1/almena/consents", "system", new
            {
                subject = new { type = "email", value = GatewayBenchmarks.Address(i) }, purposes = Purposes, method = "web-form", language = "sv",
                evidence = new { reference = "form-1", noticeShownAt = TimeProvider.System.GetUtcNow(), qualities = new { } },
            });
            if (response.StatusCode != HttpStatusCode.Created)
                throw new InvalidOperationException($"A consent was answered {response.StatusCode}: {await response.Content.ReadAsStringAsync()}");
        }
    }

    /// <summary>How far the feed is behind now, and how long it takes to come up.</summary>
    public async Task<string> LedgerLagAsync()
    {
        var (first, seconds) = await LagAsync();
        return string.Create(CultureInfo.InvariantCulture, $"{first} events were not yet published to the ledger when the load ended; all were after {seconds:0.0} s.");
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        if (!_ours)
            return;
        await ScriptAsync("stop", "--state", _state);
        Directory.Delete(_state, recursive: true);
    }

    private NpgsqlConnectionStringBuilder Superuser()
    {
        var address = AddressOf("postgres");
        return new NpgsqlConnectionStringBuilder { Host = "127.0.0.1", Port = int.Parse(address[1], CultureInfo.InvariantCulture), Username = "postgres", Password = address[2], Database = "postgres" };
    }

    /// <summary>Directory, port and password of a server.</summary>
    private string[] AddressOf(string server) => File.ReadAllText(Path.Combine(_state, "secrets", server + ".address")).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);

    private async Task<long> BehindAsync()
    {
        using var response = await SendAsync(HttpMethod.Get, "/v1/operations/lag", "operator", null);
        var lag = await response.Content.ReadFromJsonAsync<JsonElement>();
        return lag.GetProperty("services").EnumerateArray().Where(s => s.TryGetProperty("targets", out _)).SelectMany(s => s.GetProperty("targets").EnumerateArray())
            .Where(t => t.GetProperty("target").GetString() == "feed").Sum(t => t.GetProperty("events").GetInt64());
    }

    private async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string who, object? body)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _credentials.GetProperty(who).GetString());
        return await _client.SendAsync(request);
    }

    private static async Task ExecuteAsync(string connectionString, string sql)
    {
        await using var dataSource = NpgsqlDataSource.Create(connectionString);
        await using var command = dataSource.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task ScriptAsync(string script, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Path.Combine(Repository.Root, "deploy", script), arguments) { UseShellExecute = false, RedirectStandardOutput = true })!;
        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"deploy/{script} failed: {said}");
    }
}

internal static class Ports
{
    /// <summary>Until somebody listens there.</summary>
    public static async Task OpenAsync(int port)
    {
        for (var since = Stopwatch.GetTimestamp(); ;)
        {
            try
            {
                using var client = new TcpClient();
                await client.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (Stopwatch.GetElapsedTime(since) < TimeSpan.FromSeconds(30))
            {
                await Task.Delay(50);
            }
        }
    }
}

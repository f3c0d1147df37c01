using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Microsoft.Extensions.Options;

namespace Integritet.Audit.Tests;

/// <summary>The keys of an installation, and an Audit that runs as a process of its own, so that it can be killed.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("audit-tests-").FullName;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private readonly List<AuditProcess> _processes = [];
    private readonly InternalTokens _gateway;
    private readonly byte[] _pseudonymKey = RandomNumberGenerator.GetBytes(32);

    public Installation(string database, string broker)
    {
        Directory.CreateDirectory(Path.Combine(_directory, "trusted"));
        foreach (var name in new[] { "gateway", "audit" })
            WriteKeys(name);
        _gateway = new InternalTokens("gateway", Options.Create(IdentityOf("gateway")));
        File.WriteAllText(Path.Combine(_directory, "pseudonym.key"), Convert.ToBase64String(_pseudonymKey));
        _environment["EventStore__ConnectionString"] = database;
        _environment["RabbitMq__Uri"] = broker;
        _environment["PersonalData__PseudonymKeyFile"] = Path.Combine(_directory, "pseudonym.key");
        _environment["PersonalData__KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _environment["Identity__PrivateKeyFile"] = IdentityOf("audit").PrivateKeyFile;
        _environment["Identity__TrustedKeysDirectory"] = IdentityOf("audit").TrustedKeysDirectory;
    }

    /// <summary>Where Audit reads the log of a service whose feed has a gap.</summary>
    public Installation With(string service, Uri address)
    {
        _environment[$"Services__{service}"] = address.ToString();
        return this;
    }

    public IdentityOptions IdentityOf(string service) =>
        new() { PrivateKeyFile = Path.Combine(_directory, service + ".private.pem"), TrustedKeysDirectory = Path.Combine(_directory, "trusted") };

    public string PseudonymOf(string controller, string email)
    {
        Assert.True(SubjectId.TryParse("email", email, out var subject, out _));
        return new Pseudonyms(new InstallationSecret(_pseudonymKey)).Of(controller, subject);
    }

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "almena", string? subject = null) =>
        _gateway.Mint(new Caller("gateway", "key-of-" + role) { Person = "somebody", Roles = [role], Controllers = [controller], Subject = subject });

    public async Task<AuditProcess> StartAsync()
    {
        var process = new AuditProcess(_environment);
        _processes.Add(process);
        await process.ReadyAsync();
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        _gateway.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private void WriteKeys(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(IdentityOf(name).PrivateKeyFile, key.ExportECPrivateKeyPem());
        File.WriteAllText(Path.Combine(_directory, "trusted", name + ".pem"), key.ExportSubjectPublicKeyInfoPem());
    }
}

/// <summary>One replica of Audit.</summary>
internal sealed class AuditProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _output = new();

    public AuditProcess(IReadOnlyDictionary<string, string> environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "Integritet.Audit.dll")]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        var port = FreePort();
        start.Environment["urls"] = $"http://127.0.0.1:{port}";
        Http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{port}"), Timeout = TimeSpan.FromSeconds(30) };
        _process = Process.Start(start)!;
        _process.OutputDataReceived += Keep;
        _process.ErrorDataReceived += Keep;
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public HttpClient Http { get; }


    public string Output
    {
        get
        {
            lock (_output)
                return _output.ToString();
        }
    }

    public Task ReadyAsync() => Until.TrueAsync(
        async () =>
        {
            if (_process.HasExited)
                throw new InvalidOperationException($"Audit ended with {_process.ExitCode}:\n{Output}");
            try
            {
                using var answer = await Http.GetAsync("/health/ready");
                return answer.IsSuccessStatusCode;
            }
            catch (HttpRequestException)
            {
                return false;
            }
        },
        withinSeconds: 90);

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync();
    }

    public async Task<(HttpStatusCode Status, string Body, string? Subjects)> SendAsync(HttpMethod method, string path, string? token, string? json = null)
    {
        using var request = new HttpRequestMessage(method, path);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        using var response = await Http.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(), response.Headers.TryGetValues(InternalHeaders.Subjects, out var subjects) ? string.Join(',', subjects) : null);
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
            await KillAsync();
        _process.Dispose();
        Http.Dispose();
    }

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

using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;
using Integritet.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Integritet.Policy.Tests;

/// <summary>The PostgreSQL and RabbitMQ that these tests share.</summary>
public sealed class SharedServers : IAsyncLifetime
{
    private PostgresServer? _postgres;
    private RabbitMqServer? _rabbit;

    public async ValueTask InitializeAsync()
    {
        _postgres = await PostgresServer.StartAsync();
        _rabbit = await RabbitMqServer.StartAsync();
    }

    public async Task<Installation> InstallAsync() => new(await _postgres!.CreateDatabaseAsync(), await _rabbit!.CreateVirtualHostAsync());

    public async ValueTask DisposeAsync()
    {
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
    }
}

/// <summary>One running service for tests that keep apart by controller.</summary>
public sealed class SharedPolicy : IAsyncLifetime
{
    private readonly SharedServers _servers = new();

    public Installation Installation { get; private set; } = null!;

    public Replica Replica { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        await _servers.InitializeAsync();
        Installation = await _servers.InstallAsync();
        Replica = await Installation.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Installation.DisposeAsync();
        await _servers.DisposeAsync();
    }
}

/// <summary>A clock that stands until it is moved.</summary>
public sealed class StandingClock : TimeProvider
{
    private long _ticks = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).UtcTicks;

    public override DateTimeOffset GetUtcNow() => new(Interlocked.Read(ref _ticks), TimeSpan.Zero);

    public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);
}

/// <summary>One installation of the Policy service: a database, a virtual host, keys, a directory of policies, and as many replicas as are started.</summary>
public sealed class Installation(string database, string broker) : IAsyncDisposable
{
    private readonly DirectoryInfo _files = Directory.CreateTempSubdirectory("policy-tests-");
    private readonly List<Replica> _replicas = [];
    private bool _prepared;

    public string Broker => broker;

    public StandingClock Clock { get; } = new();

    public DirectoryInfo Policies => _files.CreateSubdirectory("policies");

    public async Task<Replica> StartAsync(bool withDirectory = false, IReadOnlyList<string>? settings = null)
    {
        Prepare();
        var app = PolicyService.Build(
            [
                "--urls=http://127.0.0.1:0", $"--EventStore:ConnectionString={database}", $"--RabbitMq:Uri={broker}",
                $"--PersonalData:PseudonymKeyFile={Secret}", $"--PersonalData:KeyEncryptionKeyFile={Secret}",
                $"--Identity:PrivateKeyFile={PrivateKey("policy")}", $"--Identity:TrustedKeysDirectory={Trusted}",
                .. settings ?? [],
                .. withDirectory ? [$"--Policy:Directory={Policies.FullName}"] : Array.Empty<string>(),
            ],
            builder =>
            {
                builder.Logging.ClearProviders();
                builder.Services.AddSingleton<TimeProvider>(Clock);
            });
        await app.StartAsync(TestContext.Current.CancellationToken);
        // Asked with Expect, a body waits for the server's word however long that takes.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        var replica = new Replica(app, this, new HttpClient(handler) { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) });
        _replicas.Add(replica);
        return replica;
    }

    public string Token(string role, string controller = "small")
    {
        using var tokens = new InternalTokens("gateway", Options.Create(new IdentityOptions { PrivateKeyFile = PrivateKey("gateway"), TrustedKeysDirectory = Trusted }));
        return tokens.Mint(new Caller("gateway", "key-of-" + role) { Person = role, Roles = [role], Controllers = [controller], Systems = ["*"] });
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        _files.Delete(recursive: true);
    }

    private string Trusted => Path.Combine(_files.FullName, "trusted");

    private string Secret => Path.Combine(_files.FullName, "secret.key");

    private string PrivateKey(string name) => Path.Combine(_files.FullName, name + ".private.pem");

    private void Prepare()
    {
        if (_prepared)
            return;
        _prepared = true;
        Directory.CreateDirectory(Trusted);
        foreach (var name in new[] { "gateway", "policy" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(PrivateKey(name), key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Path.Combine(Trusted, name + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        }
        File.WriteAllText(Secret, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
    }
}

/// <summary>One running Policy service.</summary>
public sealed class Replica(WebApplication app, Installation installation, HttpClient client, string controller = "small") : IAsyncDisposable
{
    public IServiceProvider Services => app.Services;

    /// <summary>The same service, asked on behalf of another controller.</summary>
    public Replica For(string other) => new(app, installation, client, other);

    public Task<Answer> GetAsync(string path, string role = "auditor", string? accept = null) => SendAsync(HttpMethod.Get, path, role, accept: accept);

    public Task<Answer> DraftAsync(string document, string mediaType = "application/yaml", string? @in = null) =>
        SendAsync(HttpMethod.Post, $"/v1/{@in ?? controller}/policies", "officer", new StringContent(document, Encoding.UTF8, mediaType));

    public Task<Answer> PublishAsync(int version, string? body = null) =>
        SendAsync(HttpMethod.Post, $"/v1/{controller}/policies/{version}/publication", "officer", body is null ? null : new StringContent(body, Encoding.UTF8, "application/json"));

    public Task<Answer> ReplaceAsync(int version, string document, string? ifMatch) =>
        SendAsync(HttpMethod.Put, $"/v1/{controller}/policies/{version}", "officer", new StringContent(document, Encoding.UTF8, "application/yaml"), ifMatch: ifMatch);

    public async Task<Answer> SendAsync(HttpMethod method, string path, string? role, HttpContent? content = null, string? ifMatch = null, string? accept = null, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        // A body over the limit is refused before it is sent; otherwise the answer races the cut connection.
        request.Headers.ExpectContinue = content?.Headers.ContentLength > 1024 * 1024;
        if (role is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", installation.Token(role, controller));
        foreach (var (name, value) in new[] { ("If-Match", ifMatch), ("Accept", accept), ("Idempotency-Key", idempotencyKey) })
            if (value is not null)
                request.Headers.TryAddWithoutValidation(name, value);
        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public async ValueTask DisposeAsync()
    {
        client.Dispose();
        await app.StopAsync(CancellationToken.None);
        await app.DisposeAsync();
    }
}

/// <summary>An answer as a client sees it.</summary>
public sealed record Answer(int Status, string Text, HttpResponseHeaders Headers, string? MediaType)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string ETag => Headers.ETag!.ToString();

    public Answer Expect(int status)
    {
        Assert.True(status == Status, $"{Status} instead of {status}: {Text}");
        return this;
    }

    public Answer ExpectProblem(int status)
    {
        Expect(status);
        Assert.Equal("application/problem+json", MediaType);
        return this;
    }
}

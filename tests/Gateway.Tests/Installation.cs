using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Integritet.Gateway.ApiKeys;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace Integritet.Gateway.Tests;

/// <summary>A gateway's installation: database, keys, local credentials, one service behind it, and as many replicas as a test starts. RabbitMQ is away unless a test gives one.</summary>
public sealed class Installation : IAsyncDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("integritet-gateway-").FullName;
    private readonly List<Replica> _replicas = [];

    private Installation(string connectionString, Upstream upstream) => (ConnectionString, Upstream) = (connectionString, upstream);

    public string ConnectionString { get; }

    public Upstream Upstream { get; }

    public BootstrapCredentials.CredentialsFile Keys { get; private set; } = null!;

    public string CredentialsFile => Path.Combine(_directory, "credentials.json");

    public Dictionary<string, string> Settings { get; } = new(StringComparer.Ordinal);

    /// <summary>An installation with its local credentials, the controller <c>almena</c> and no replica.</summary>
    public static async Task<Installation> CreateAsync(PostgresFixture postgres) => await CreateAsync(await postgres.CreateDatabaseAsync());

    public static async Task<Installation> CreateAsync(string connectionString)
    {
        var installation = new Installation(connectionString, await Upstream.StartAsync());
        installation.WriteKeys();
        installation.Keys = await installation.BootstrapAsync();
        return installation;
    }

    /// <summary>An installation with one replica and controller <c>almena</c>.</summary>
    public static async Task<(Installation Installation, Replica Replica)> StartAsync(PostgresFixture postgres, params (string Name, string Value)[] settings)
    {
        var installation = await CreateAsync(postgres);
        foreach (var (name, value) in settings)
            installation.Settings[name] = value;
        var replica = installation.StartReplica();
        await replica.RegisterAsync("almena");
        return (installation, replica);
    }

    public async Task<BootstrapCredentials.CredentialsFile> BootstrapAsync()
    {
        var exitCode = await BootstrapCredentials.RunAsync([$"--Gateway:CredentialsFile={CredentialsFile}", $"--EventStore:ConnectionString={ConnectionString}", "--Gateway:PublicUrl=http://127.0.0.1:8080"]);
        Assert.Equal(0, exitCode);
        return JsonSerializer.Deserialize<BootstrapCredentials.CredentialsFile>(await File.ReadAllBytesAsync(CredentialsFile), JsonSerializerOptions.Web)!;
    }

    /// <summary>Another replica, by the machine's clock unless it is given one.</summary>
    public Replica StartReplica(TimeProvider? clock = null)
    {
        var replica = new Replica(this, AllSettings(), clock);
        _replicas.Add(replica);
        return replica;
    }

    /// <summary>The events of one type, in order, as JSON.</summary>
    public async Task<IReadOnlyList<(string Tenant, JsonElement Data)>> EventsAsync(string type)
    {
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString);
        await using var command = dataSource.CreateCommand("select tenant_id, data::text from mt_events where type = $1 order by seq_id");
        command.Parameters.Add(new() { Value = type });
        await using var reader = await command.ExecuteReaderAsync();
        var events = new List<(string, JsonElement)>();
        while (await reader.ReadAsync())
            events.Add((reader.GetString(0), JsonDocument.Parse(reader.GetString(1)).RootElement));
        return events;
    }

    /// <summary>The streams of one tenant.</summary>
    public async Task<IReadOnlyList<string>> StreamsAsync(string tenant)
    {
        await using var dataSource = NpgsqlDataSource.Create(ConnectionString);
        await using var command = dataSource.CreateCommand("select id from mt_streams where tenant_id = $1 order by id");
        command.Parameters.Add(new() { Value = tenant });
        await using var reader = await command.ExecuteReaderAsync();
        var streams = new List<string>();
        while (await reader.ReadAsync())
            streams.Add(reader.GetString(0));
        return streams;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var replica in _replicas)
            await replica.DisposeAsync();
        await Upstream.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }

    private void WriteKeys()
    {
        var trusted = Directory.CreateDirectory(Path.Combine(_directory, "trusted"));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        File.WriteAllText(Path.Combine(_directory, "gateway.pem"), key.ExportPkcs8PrivateKeyPem());
        File.WriteAllText(Path.Combine(trusted.FullName, "gateway.pem"), key.ExportSubjectPublicKeyInfoPem());
        File.WriteAllText(Path.Combine(_directory, "pseudonym.key"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        File.WriteAllText(Path.Combine(_directory, "kek.key"), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
    }

    private Dictionary<string, string> AllSettings() => new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["EventStore:ConnectionString"] = ConnectionString,
        ["RabbitMq:Uri"] = "amqp://nobody:nothing@127.0.0.1:9/none",
        ["Identity:PrivateKeyFile"] = Path.Combine(_directory, "gateway.pem"),
        ["Identity:TrustedKeysDirectory"] = Path.Combine(_directory, "trusted"),
        ["PersonalData:PseudonymKeyFile"] = Path.Combine(_directory, "pseudonym.key"),
        ["PersonalData:KeyEncryptionKeyFile"] = Path.Combine(_directory, "kek.key"),
        ["Services:policy"] = Upstream.Address,
        ["Services:consent"] = Upstream.Address,
        ["Services:disclosure"] = Upstream.Address,
        ["Services:audit"] = Upstream.Address,
        ["Services:retention"] = Upstream.Address,
        ["Logging:LogLevel:Default"] = "Error",
        ["Logging:LogLevel:MassTransit"] = "None",
        ["Logging:LogLevel:Integritet.Platform.Messaging"] = "None",
    }.Concat(Settings).GroupBy(setting => setting.Key).ToDictionary(group => group.Key, group => group.Last().Value, StringComparer.Ordinal);
}

/// <summary>One running gateway, over real HTTP.</summary>
public sealed class Replica : IAsyncDisposable
{
    private readonly Installation _installation;
    private readonly WebApplicationFactory<Program> _factory;

    public Replica(Installation installation, Dictionary<string, string> settings, TimeProvider? clock)
    {
        _installation = installation;
        _factory = new WebApplicationFactory<Program>().WithWebHostBuilder(web =>
        {
            web.UseSetting("urls", "http://127.0.0.1:0");
            foreach (var (name, value) in settings)
                web.UseSetting(name, value);
            if (clock is not null)
                web.ConfigureTestServices(services => services.AddSingleton(clock));
        });
        _factory.UseKestrel();
        _factory.StartServer();
        Address = new Uri(_factory.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
    }

    public Uri Address { get; }

    public IServiceProvider Services => _factory.Services;

    /// <summary>A client with a key, or with none.</summary>
    public HttpClient Client(string? key = null)
    {
        // A body that the server wants to see the head of first waits for its word, not for a second and then goes anyway.
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        var client = new HttpClient(handler) { BaseAddress = Address, Timeout = TimeSpan.FromSeconds(60) };
        if (key is not null)
            client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        return client;
    }

    public HttpClient Operator => Client(_installation.Keys.Operator);

    /// <summary>One call, with a body where one is given.</summary>
    public async Task<(System.Net.HttpStatusCode Status, JsonElement Body, HttpResponseMessage Response)> CallAsync(string? key, HttpMethod method, string path, object? body = null)
    {
        using var client = Client(key);
        using var request = new HttpRequestMessage(method, path) { Content = body is null ? null : Json.Body(body) };
        var response = await client.SendAsync(request);
        var text = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, text.StartsWith('{') ? JsonDocument.Parse(text).RootElement : default, response);
    }

    public Task StopAsync() => _factory.Services.GetRequiredService<Microsoft.Extensions.Hosting.IHost>().StopAsync();

    public async Task RegisterAsync(string controller)
    {
        using var client = Operator;
        using var response = await client.PostAsync("/v1/controllers", Json.Body(new { id = controller, country = "SE", zone = "Europe/Stockholm", languages = new[] { "sv", "en" }, contact = "dpo@example.com" }));
        Assert.Equal(System.Net.HttpStatusCode.Created, response.StatusCode);
    }

    public async ValueTask DisposeAsync() => await _factory.DisposeAsync();
}

public static class Json
{
    public static StringContent Body(object value) => new(JsonSerializer.Serialize(value, JsonSerializerOptions.Web), System.Text.Encoding.UTF8, "application/json");

    public static async Task<JsonElement> ReadAsync(HttpResponseMessage response) => JsonDocument.Parse(await response.Content.ReadAsStringAsync()).RootElement;
}

using System.Collections.Concurrent;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Integritet.Hosting.Tests;

/// <summary>The test service, running: Kestrel on a free port, its database, keys as they are deployed.</summary>
public sealed class NoteService : IAsyncDisposable
{
    public const string Controller = "almena";

    private readonly WebApplication _app;
    private readonly Identities _identities;
    private readonly HttpClient _client;

    private NoteService(WebApplication app, Identities identities, Gate gate, LogLines log)
    {
        (_app, _identities, Gate, Log) = (app, identities, gate, log);
        // Asked with Expect, a body waits for the server's word however long that takes.
        var handler = new SocketsHttpHandler { Expect100ContinueTimeout = TimeSpan.FromSeconds(60) };
        _client = new HttpClient(handler) { BaseAddress = new Uri(app.Urls.Single()), Timeout = TimeSpan.FromSeconds(60) };
    }

    public Gate Gate { get; }

    public LogLines Log { get; }

    public required string Database { get; init; }

    public required IReadOnlyList<string> Settings { get; init; }

    public Uri Address => _client.BaseAddress!;

    public Identities Identities => _identities;

    public IServiceProvider Services => _app.Services;

    public IEventStore Store => _app.Services.GetRequiredService<IEventStore>();

    public static Caller System { get; } = new("gateway", "key-1") { Roles = [Roles.System], Controllers = [Controller], Systems = ["*"] };

    public static async Task<NoteService> StartAsync(string database, params string[] settings)
    {
        var (identities, gate, log) = (new Identities("gateway", "notes", "consent"), new Gate(), new LogLines());
        string[] all =
        [
            "--urls=http://127.0.0.1:0", $"--EventStore:ConnectionString={database}", $"--PersonalData:PseudonymKeyFile={identities.PersonalDataKey}",
            $"--PersonalData:KeyEncryptionKeyFile={identities.PersonalDataKey}", $"--Identity:PrivateKeyFile={identities.PrivateKey("notes")}",
            $"--Identity:TrustedKeysDirectory={identities.TrustedKeys}", .. settings,
        ];
        var builder = ServiceHost.CreateBuilder(all, new ServiceDescription("notes", typeof(NoteService).Assembly));
        builder.Logging.ClearProviders().AddProvider(log);
        builder.Services.AddSingleton<Broker>();
        builder.Services.AddHealthChecks().AddCheck<Broker>("broker");
        var app = builder.Build();
        app.UseServiceHost();
        Notes.Map(app, gate);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new NoteService(app, identities, gate, log) { Database = database, Settings = all };
    }

    public Task<Answer> GetAsync(string path, Caller? caller = null) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path), caller ?? System);

    public Task<Answer> PostAsync(string path, string? json, string? idempotencyKey = null, Caller? caller = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path);
        if (json is not null)
            request.Content = new StringContent(json, Encoding.UTF8, "application/json");
        if (idempotencyKey is not null)
            request.Headers.TryAddWithoutValidation("Idempotency-Key", idempotencyKey);
        return SendAsync(request, caller ?? System);
    }

    public Task<Answer> SendAsync(HttpRequestMessage request, Caller? caller) => SendAsync(request, caller is null ? null : _identities.Token(caller));

    public async Task<Answer> SendAsync(HttpRequestMessage request, string? token)
    {
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), response.Headers, response.Content.Headers.ContentType?.MediaType);
    }

    public HttpClient ServicesClient() => _app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("services");

    public Task StopAsync() => StopAsync(TestContext.Current.CancellationToken);

    public Task StopAsync(CancellationToken cancel) => _app.StopAsync(cancel);

    public async ValueTask DisposeAsync()
    {
        Gate.Open();
        _client.Dispose();
        await _app.DisposeAsync();
        _identities.Dispose();
    }
}

/// <summary>One test service for all tests of a class that store nothing.</summary>
public sealed class SharedNoteService(Database database) : IAsyncLifetime
{
    public NoteService Service { get; private set; } = null!;

    public Database Database => database;

    public async ValueTask InitializeAsync() => Service = await NoteService.StartAsync(await database.CreateAsync());

    public ValueTask DisposeAsync() => Service.DisposeAsync();
}

/// <summary>An answer as a client sees it.</summary>
public sealed record Answer(int Status, string Text, HttpResponseHeaders Headers, string? MediaType)
{
    public JsonNode Json => JsonNode.Parse(Text)!;

    public string? Type => (string?)Json["type"];

    public IReadOnlyList<string> Pointers => [.. (Json["errors"]?.AsArray() ?? []).Select(error => (string)error!["pointer"]!)];

    /// <summary>A complete problem document of this kind.</summary>
    public Answer AssertProblem(int status, string kind)
    {
        Assert.True(status == Status, $"{Status} instead of {status}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal($"urn:integritet:problem:{kind}", Type);
        Assert.Equal(status, (int)Json["status"]!);
        Assert.All(new[] { "title", "instance", "traceId" }, member => Assert.NotEmpty((string)Json[member]!));
        return this;
    }
}

/// <summary>Everything that was logged.</summary>
public sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public string Text => string.Join('\n', _lines);

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
        _lines.Enqueue($"{logLevel} {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}

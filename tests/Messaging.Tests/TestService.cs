using System.Collections.Concurrent;
using Integritet.Contracts;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Integritet.Messaging.Tests;

[StoredEvent("thing-noted.v1")]
public sealed record ThingNoted(int Number, string Text);

[StoredEvent("told-thing-kept.v1")]
public sealed record ToldThingKept(string Text, long SourceVersion) : IReceivedFact;

[ConsumedBy("beta")]
public sealed record ThingTold(string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition, string Text) : IStateMessage;

/// <summary>Where the services of one test are, by name.</summary>
public sealed class Addresses
{
    public ConcurrentDictionary<string, Uri> Of { get; } = new(StringComparer.Ordinal);
}

/// <summary>One replica of a service with a real event store, the bus and Kestrel.</summary>
public sealed class TestService : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly Addresses _addresses;

    private TestService(WebApplication app, string name, Addresses addresses) => (_app, Name, _addresses) = (app, name, addresses);

    public string Name { get; }

    public IEventStore Store => Get<IEventStore>();

    public EventStreams Streams => Get<EventStreams>();

    public ICheckpoints Checkpoints => Get<ICheckpoints>();

    public Uri Address => new(_app.Urls.Single());

    public T Get<T>() where T : notnull => _app.Services.GetRequiredService<T>();

    public static async Task<TestService> StartAsync(string name, string database, string amqp, Addresses addresses, Action<MessagingBuilder>? messaging = null, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Service:Name"] = name, ["EventStore:ConnectionString"] = database, ["RabbitMq:Uri"] = amqp, ["RabbitMq:PublishTimeoutMs"] = "5000",
            ["RabbitMq:ConsumerRetryMs:0"] = "20", ["RabbitMq:ConsumerRetryMs:1"] = "50", ["RabbitMq:ConsumerRetryMs:2"] = "100", ["RabbitMq:ConsumerRetryMs:3"] = "200",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(s => new KeyValuePair<string, string?>(s.Key, s.Value)));
        builder.Logging.ClearProviders();
        if (Environment.GetEnvironmentVariable("INTEGRITET_TEST_LOG") is { Length: > 0 }) builder.Logging.AddSimpleConsole().SetMinimumLevel(LogLevel.Information);
        builder.Services.AddEventStore(builder.Configuration, StoredEvents.In(typeof(ThingNoted).Assembly), []);
        // Who may call is Hosting's business and tested there.
        builder.Services.AddAuthorizationBuilder().AddPolicy("service", policy => policy.RequireAssertion(_ => true));
        builder.Services.AddHttpClient("services").AddHttpMessageHandler(() => new ToAddresses(addresses));
        builder.AddMessaging(m =>
        {
            m.Contracts = typeof(ThingTold).Assembly;
            messaging?.Invoke(m);
        });
        var app = builder.Build();
        app.UseAuthorization();
        app.MapMessaging();
        await app.StartAsync(TestContext.Current.CancellationToken);
        var service = new TestService(app, name, addresses);
        addresses.Of[name] = service.Address;
        return service;
    }

    public static IEnumerable<object> Tell(RecordedEvent recorded, object @event) => @event switch
    {
        ThingNoted noted => [new ThingTold(recorded.Tenant, "alpha", recorded.Stream, recorded.Version, recorded.Position, noted.Text)],
        _ => [],
    };

    public Task<AppendResult> NoteAsync(int number, string stream = "things", string tenant = "almena", string text = "x") => Streams.AppendAsync(
        tenant, stream, ExpectedVersion.Any, [new ThingNoted(number, text)], new EventMetadata("corr", "cause", "tester") { Subjects = ["ps_1"] }, cancellationToken: TestContext.Current.CancellationToken);

    public Task<long> FeedCheckpointAsync() => Checkpoints.GetAsync("integritet-feed");

    public async Task<List<RecordedEvent>> LogAsync()
    {
        var log = new List<RecordedEvent>();
        await foreach (var one in Store.ReadAllAsync(0, int.MaxValue, TestContext.Current.CancellationToken)) log.Add(one);
        return log;
    }

    public async Task<HealthReport> HealthAsync() => await Get<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);

    public async ValueTask DisposeAsync()
    {
        _addresses.Of.TryRemove(new KeyValuePair<string, Uri>(Name, Address));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        await _app.StopAsync(patience.Token);
        await _app.DisposeAsync();
    }

    private sealed class ToAddresses(Addresses addresses) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (!addresses.Of.TryGetValue(request.RequestUri!.Host, out var at)) throw new HttpRequestException("Nobody is there.");
            request.RequestUri = new Uri(at, request.RequestUri.PathAndQuery);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

/// <summary>What a test's Audit has been handed; refuses what doesn't follow, as the ledger does.</summary>
public sealed class Received : IFeedHandler
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<FeedEvent>> _events = new(StringComparer.Ordinal);
    private readonly List<FeedGap> _gaps = [];

    /// <summary>How many of the next calls are to fail.</summary>
    public int Failures { get; set; }

    public IReadOnlyList<FeedGap> Gaps
    {
        get
        {
            lock (_lock) return [.. _gaps];
        }
    }

    public IReadOnlyList<FeedEvent> Of(string service)
    {
        lock (_lock) return _events.TryGetValue(service, out var events) ? [.. events] : [];
    }

    public long Last(string service) => Of(service) is { Count: > 0 } events ? events[^1].Position : 0;

    public Task<long> LastPositionAsync(string service, CancellationToken cancellationToken) => Task.FromResult(Last(service));

    public Task HandleAsync(string service, IReadOnlyList<FeedEvent> batch, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (Failures-- > 0) throw new IOException("The ledger's disk is full.");
            if (!_events.TryGetValue(service, out var events)) _events[service] = events = [];
            foreach (var one in batch)
            {
                var last = events.Count == 0 ? 0 : events[^1].Position;
                if (one.Previous != last) throw new InvalidOperationException($"{one.Position} follows {one.Previous}, not {last}.");
                events.Add(one);
            }
        }

        return Task.CompletedTask;
    }

    public Task GapFilledAsync(FeedGap gap, CancellationToken cancellationToken)
    {
        lock (_lock) _gaps.Add(gap);
        return Task.CompletedTask;
    }
}

using System.Diagnostics;
using Integritet.Audit.Ledger;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Integritet.Benchmarks.Messaging;

/// <summary>An event of the usual size.</summary>
[StoredEvent("bench-noted.v1")]
internal sealed record BenchNoted(int Number, string Purpose, string Method, string Language, string Reference);

/// <summary>A service as it runs: event store and forwarder, or Audit's ledger behind the feed.</summary>
internal sealed class BenchService(WebApplication app, LedgerFeed? ledger) : IAsyncDisposable
{
    private const int Streams = 200;

    public long LastInLedger => ledger!.Last;

    public IReadOnlyList<TimeSpan> Delays => ledger!.Delays;

    private IEventStore Store => app.Services.GetRequiredService<IEventStore>();

    public static Task<BenchService> StartStoreAsync(string database) => StartAsync("store", database, amqp: null, _ => { }, ledger: null);

    public static Task<BenchService> StartSourceAsync(string database, string amqp) => StartAsync("alpha", database, amqp, _ => { }, ledger: null);

    public static Task<BenchService> StartAuditAsync(string database, string amqp)
    {
        var ledger = new LedgerFeed();
        return StartAsync("audit", database, amqp, m => m.ConsumeFeed<LedgerFeed>(), ledger);
    }

    public void ForgetDelays() => ledger!.Forget();

    public Task<long> HeadAsync() => Store.HeadAsync();

    /// <summary>Returns when this service's forwarder begins to read its log.</summary>
    public Task LeadsAsync() => Bound.UntilAsync(
        () => app.Services.GetRequiredService<IEnumerable<ForwarderState>>().Single().Now.Doing is ForwarderState.Doing.Leading, "the forwarder leads");

    public Task FillAsync(int events) => Parallel.ForEachAsync(Enumerable.Range(0, events), new ParallelOptions { MaxDegreeOfParallelism = 128 }, async (i, _) => await AppendAsync(i));

    /// <summary>The bytes that the forwarder will publish.</summary>
    public async Task<IReadOnlyList<byte[]>> MessagesAsync()
    {
        var messages = new List<byte[]>();
        var previous = 0L;
        await foreach (var recorded in Store.ReadAllAsync(0, int.MaxValue))
        {
            messages.Add(CloudEventFormat.Write("alpha", recorded, previous));
            previous = recorded.Position;
        }

        return messages;
    }

    /// <summary>Appends so many a second whether or not the earlier ones have returned; gives how many were appended.</summary>
    public async Task<int> LoadAsync(int perSecond, TimeSpan duration)
    {
        var clock = Stopwatch.StartNew();
        var appends = new List<Task<AppendResult>>();
        while (clock.Elapsed < duration)
        {
            while (appends.Count < clock.Elapsed.TotalSeconds * perSecond) appends.Add(AppendAsync(appends.Count));
            await Task.Delay(1);
        }

        return (await Bound.WithinAsync(Task.WhenAll(appends), "every append is answered")).Length;
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static async Task<BenchService> StartAsync(string name, string database, string? amqp, Action<MessagingBuilder> messaging, LedgerFeed? ledger)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("Service:Name", name), new("EventStore:ConnectionString", database), new("RabbitMq:Uri", amqp)]);
        builder.Services.AddEventStore(builder.Configuration, StoredEvents.In(typeof(BenchNoted).Assembly), []);
        builder.Services.AddSchemaFiles(LedgerSchema.Files);
        if (amqp is not null) builder.AddMessaging(messaging);
        if (ledger is not null)
        {
            builder.Services.AddSingleton<LedgerWriter>();
            builder.Services.AddSingleton<IFeedHandler>(services =>
            {
                ledger.WritesTo(services.GetRequiredService<LedgerWriter>());
                return ledger;
            });
        }

        var app = builder.Build();
        await app.StartAsync();
        return new BenchService(app, ledger);
    }

    private async Task<AppendResult> AppendAsync(int number)
    {
        var streams = app.Services.GetRequiredService<EventStreams>();
        var noted = new BenchNoted(number, "own-marketing", "web-form", "sv", $"order-{number}");
        var result = await streams.AppendAsync(
            "almena", $"consent-{number % Streams}", ExpectedVersion.Any, [noted],
            new EventMetadata(Guid.CreateVersion7().ToString(), "bench", "key-bench") { Subjects = [$"ps_{number % Streams}"] });
        if (result is not AppendResult.Appended) throw new InvalidOperationException($"An append gave {result}.");
        return result;
    }
}

/// <summary>Audit's ledger behind the feed, noting when each event was in it.</summary>
internal sealed class LedgerFeed : IFeedHandler
{
    private readonly List<TimeSpan> _delays = [];
    private LedgerWriter? _ledger;
    private long _last;

    public long Last => Volatile.Read(ref _last);

    public IReadOnlyList<TimeSpan> Delays
    {
        get
        {
            lock (_delays) return [.. _delays];
        }
    }

    public void WritesTo(LedgerWriter ledger) => _ledger = ledger;

    public void Forget()
    {
        lock (_delays) _delays.Clear();
    }

    public Task<long> LastPositionAsync(string service, CancellationToken cancellationToken) => _ledger!.PositionAsync(service, cancellationToken);

    public async Task HandleAsync(string service, IReadOnlyList<FeedEvent> batch, CancellationToken cancellationToken)
    {
        await _ledger!.WriteAsync(service, [.. batch.Select(Leaf.Of)], cancellationToken);
        var now = TimeProvider.System.GetUtcNow();
        lock (_delays) _delays.AddRange(batch.Select(e => now - e.Timestamp));
        if (string.Equals(service, "alpha", StringComparison.Ordinal)) Volatile.Write(ref _last, batch[^1].Position);
    }

    public Task GapFilledAsync(FeedGap gap, CancellationToken cancellationToken) => throw new InvalidOperationException("There is to be no gap in a benchmark.");
}

using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>What the feed's consumer has to report.</summary>
internal sealed class FeedConsumerState
{
    private readonly ConcurrentDictionary<string, string> _gaps = new(StringComparer.Ordinal);
    private volatile string _failure = "starting";

    public IEnumerable<string> Problems => _gaps.Select(g => $"feed of {g.Key}: {g.Value}").Concat(_failure.Length == 0 ? [] : [$"feed in: {_failure}"]);

    public void Works() => _failure = "";

    public void Fails(string why) => _failure = why;

    public void GapStays(string service, string why) => _gaps[service] = why;

    public void GapClosed(string service) => _gaps.TryRemove(service, out _);
}

/// <summary>
/// Takes the feed off Audit's queue in batches and hands each service's part on in order, without gaps and duplicates. A gap, at the tail by a heartbeat, is filled from that service's own
/// log before anything after it is handed on. While a gap cannot be filled (that service is away) its messages are acknowledged and dropped: its log has them all and is read from the gap on when
/// it is back, so that memory stays bounded and other services' events don't wait.
/// </summary>
internal sealed class FeedConsumer(
    IFeedHandler handler, Broker broker, SourceLog logs, FeedConsumerState state, IOptions<RabbitMqOptions> options, TimeProvider time, ILogger<FeedConsumer> logger) : BackgroundService
{
    private const int MaxBatch = 1_000;

    /// <summary>Fewer than this are given <see cref="Gather"/> to become more: each batch is a transaction of the handler's.</summary>
    private const int FewMessages = 100;

    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(20);

    /// <summary>How long a service may take to begin its answer, since others wait meanwhile.</summary>
    private static readonly TimeSpan FillTimeout = TimeSpan.FromSeconds(3);

    private static readonly TimeSpan GapTick = TimeSpan.FromMilliseconds(500);

    /// <summary>Last committed position by service; forgotten when in doubt and asked of the handler again.</summary>
    private readonly Dictionary<string, long> _last = new(StringComparer.Ordinal);

    /// <summary>Services whose gap could not be filled yet.</summary>
    private readonly Dictionary<string, OpenGap> _gaps = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        await broker.StayConnectedAsync(
            "feed in",
            (connection, pause) => ConsumeAsync(connection, pause, stoppingToken),
            (failure, pause) =>
            {
                state.Fails(failure.GetType().Name);
                Log.FeedFailed(logger, pause.TotalMilliseconds, failure);
            },
            stoppingToken);
    }

    private async Task ConsumeAsync(IConnection connection, BackOff pause, CancellationToken stopping)
    {
        var channel = await connection.CreateChannelAsync(cancellationToken: stopping);
        await Topology.DeclareFeedAsync(channel, stopping);
        await channel.BasicQosAsync(0, options.Value.FeedPrefetch, global: false, stopping);
        var deliveries = new Deliveries<Arrived>(channel, Read);
        await channel.BasicConsumeAsync(Topology.AuditQueue, autoAck: false, deliveries, stopping);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        // A batch that waits for its handler must not outlive the connection: the broker delivers it again.
        _ = deliveries.Reader.Completion.ContinueWith(_ => session.Cancel(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        state.Works();
        _last.Clear();
        var batch = new List<Arrived>(MaxBatch);
        while (await TakeAsync(deliveries.Reader, batch, session.Token))
        {
            await HandleAsync(channel, batch, session.Token);
            pause.Reset();
        }
    }

    /// <summary>Waits for deliveries, or until a gap is due to be tried again.</summary>
    private async Task<bool> TakeAsync(ChannelReader<Arrived> reader, List<Arrived> batch, CancellationToken cancellationToken)
    {
        batch.Clear();
        var wait = reader.WaitToReadAsync(cancellationToken).AsTask();
        if (_gaps.Count > 0 && await Task.WhenAny(wait, Task.Delay(GapTick, cancellationToken)) != wait) return true;
        if (!await wait) return false;
        Drain(reader, batch);
        if (batch.Count >= FewMessages) return true;
        await Task.Delay(Gather, cancellationToken);
        Drain(reader, batch);
        return true;
    }

    private static void Drain(ChannelReader<Arrived> reader, List<Arrived> batch)
    {
        while (batch.Count < MaxBatch && reader.TryRead(out var delivery)) batch.Add(delivery);
    }

    private async Task HandleAsync(IChannel channel, List<Arrived> batch, CancellationToken cancellationToken)
    {
        var messages = new List<FeedMessage>(batch.Count);
        ulong lastGood = 0;
        foreach (var delivery in batch)
        {
            if (delivery.Message is { } message)
            {
                messages.Add(message);
                lastGood = delivery.Tag;
            }

            if (delivery.Malformed is { } malformed)
            {
                await InsistAsync("", () => handler.MalformedAsync(malformed, cancellationToken), cancellationToken);
                await channel.BasicNackAsync(delivery.Tag, multiple: false, requeue: false, cancellationToken);
            }
        }

        foreach (var heartbeat in messages.OfType<FeedHeartbeat>().GroupBy(b => b.Service, StringComparer.Ordinal)) await HearAsync(heartbeat.Last(), cancellationToken);

        foreach (var service in _gaps.Keys.Except(messages.Select(m => m.Service), StringComparer.Ordinal).ToArray()) await HandleServiceAsync(service, [], cancellationToken);
        foreach (var service in messages.GroupBy(m => m.Service, StringComparer.Ordinal)) await HandleServiceAsync(service.Key, [.. service], cancellationToken);
        if (messages.Count > 0) await channel.BasicAckAsync(lastGood, multiple: true, cancellationToken);
    }

    private Arrived Read(Delivery delivery)
    {
        try
        {
            return new Arrived(delivery.Tag, CloudEventFormat.Read(delivery.Body), Malformed: null);
        }
        catch (Exception e)
        {
            // Whatever keeps it from being read, it must not stop those after it.
            Log.FeedMessageMalformed(logger, delivery.Body.Length, e);
            return new Arrived(delivery.Tag, Message: null, new FeedMalformed(delivery.RoutingKey, delivery.Body));
        }
    }

    private async Task HearAsync(FeedHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        try
        {
            await handler.HeardAsync(heartbeat, cancellationToken);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            Log.FeedHandlerFailed(logger, 0, heartbeat.Service, 0, e);
        }
    }

    /// <summary>Tells the handler until it has taken it: only its store's being away is expected to stand in the way, and that holds everything up.</summary>
    private async Task InsistAsync(string service, Func<Task> tell, CancellationToken cancellationToken)
    {
        await BackOff.InsistAsync(tell, (failure, pause) => Fails("cannot store", 0, service, pause, failure), cancellationToken);
        state.Works();
    }

    private void Fails(string what, int count, string service, TimeSpan pause, Exception failure)
    {
        state.Fails($"{what} ({failure.GetType().Name})");
        Log.FeedHandlerFailed(logger, count, service, pause.TotalMilliseconds, failure);
    }

    private async Task HandleServiceAsync(string service, IReadOnlyList<FeedMessage> messages, CancellationToken cancellationToken)
    {
        var known = messages.Select(FeedSequence.PositionOf).DefaultIfEmpty().Max();
        if (_gaps.TryGetValue(service, out var gap))
        {
            gap.UpTo = Math.Max(gap.UpTo, known);
            if (gap.NotBefore > TimeProvider.System.GetUtcNow() || !await FilledAsync(service, gap.UpTo, cancellationToken)) return;
        }

        var last = await LastAsync(service, cancellationToken);
        var following = new List<FeedEvent>();
        foreach (var message in messages)
        {
            switch (FeedSequence.Of(last, message))
            {
                case FeedSequence.Step.Follows:
                    following.Add((FeedEvent)message);
                    last = ((FeedEvent)message).Position;
                    break;
                case FeedSequence.Step.Gap:
                    await CommitAsync(service, following, cancellationToken);
                    following.Clear();
                    if (!await FilledAsync(service, known, cancellationToken)) return;
                    last = await LastAsync(service, cancellationToken);
                    break;
                default:
                    break;
            }
        }

        await CommitAsync(service, following, cancellationToken);
    }

    /// <summary>Reads that service's log from the last committed position on; false if that didn't reach the position that is known to exist.</summary>
    private async Task<bool> FilledAsync(string service, long upTo, CancellationToken cancellationToken)
    {
        var after = await LastAsync(service, cancellationToken);
        try
        {
            if (upTo > after) await FillAsync(service, after, upTo, cancellationToken);
            _gaps.Remove(service);
            state.GapClosed(service);
            return true;
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            if (!_gaps.TryGetValue(service, out var gap)) _gaps[service] = gap = new OpenGap { UpTo = upTo };
            gap.TryLater();
            state.GapStays(service, $"gap after {after} not filled ({e.GetType().Name})");
            Log.GapStays(logger, service, after, e);
            return false;
        }
    }

    private async Task FillAsync(string service, long after, long upTo, CancellationToken cancellationToken)
    {
        var count = 0;
        var foundAt = time.GetUtcNow();
        await foreach (var page in logs.ReadAsync(service, after, FillTimeout, cancellationToken))
        {
            await CommitAsync(service, page, cancellationToken);
            count += page.Count;
        }

        var last = await LastAsync(service, cancellationToken);
        if (last < upTo) throw new FeedDivergedException($"The log of '{service}' ends at {last}, but position {upTo} was received from it.");
        Log.GapFilled(logger, service, after, last, count);
        await InsistAsync(service, () => handler.GapFilledAsync(new FeedGap(service, after, last, count, foundAt), cancellationToken), cancellationToken);
    }

    /// <summary>Hands a batch on until it is committed. While the handler fails nothing is acknowledged, so that the broker holds the rest back.</summary>
    private async Task CommitAsync(string service, IReadOnlyList<FeedEvent> batch, CancellationToken cancellationToken)
    {
        var pause = new BackOff();
        while (batch.Count > 0)
        {
            try
            {
                await handler.HandleAsync(service, batch, cancellationToken);
                _last[service] = batch[^1].Position;
                state.Works();
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                Fails("cannot store", batch.Count, service, pause.Next, e);
            }

            await pause.WaitAsync(cancellationToken);
            _last.Remove(service);
            var last = await LastAsync(service, cancellationToken);
            batch = [.. batch.Where(e => e.Position > last)];
        }
    }

    private async Task<long> LastAsync(string service, CancellationToken cancellationToken)
    {
        if (_last.TryGetValue(service, out var known)) return known;
        await BackOff.InsistAsync(
            async () => _last[service] = await handler.LastPositionAsync(service, cancellationToken),
            (failure, pause) => Fails("cannot read its last position", 0, service, pause, failure),
            cancellationToken);
        return _last[service];
    }

    /// <param name="Tag">To acknowledge it by.</param>
    /// <param name="Message">What it says; null if it cannot be read.</param>
    /// <param name="Malformed">What it is instead.</param>
    private sealed record Arrived(ulong Tag, FeedMessage? Message, FeedMalformed? Malformed);

    /// <summary>A gap that is tried again later and later.</summary>
    private sealed class OpenGap
    {
        private readonly BackOff _pause = new();

        /// <summary>The position known to exist.</summary>
        public long UpTo { get; set; }

        public DateTimeOffset NotBefore { get; private set; }

        public void TryLater() => NotBefore = TimeProvider.System.GetUtcNow() + _pause.Take();
    }
}

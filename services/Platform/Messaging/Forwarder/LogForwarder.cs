using System.Threading.Channels;
using Integritet.Platform.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.Messaging;

/// <summary>
/// The log is the outbox. The leader reads after the checkpoint, publishes with confirms, and moves the checkpoint over what is confirmed by compare-and-set. Whatever fails (broker, store, lock) ends the
/// session; the next begins at the checkpoint, so that events come at least once, in order, whoever leads.
/// </summary>
internal sealed class LogForwarder(
    ILogTarget target, ForwarderState state, IEventStore store, ICheckpoints checkpoints, MessagingBuilder messaging, IOptions<RabbitMqOptions> options,
    IOptions<EventStoreOptions> database, ILogger<LogForwarder> logger) : BackgroundService
{
    /// <summary>Batches published and not yet confirmed: the broker works on one while the next is written.</summary>
    private const int MaxInFlight = 4;

    /// <summary>A batch of fewer has taken all there was.</summary>
    private const int FewEvents = 100;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

    /// <summary>
    /// Events that come one by one are gathered this long after a read. Every batch costs a read here, a wake-up of broker and consumers, and a transaction of the ledger: of batches of a few
    /// events, that is most of what a busy system does.
    /// </summary>
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(25);

    /// <summary>A checkpoint is a commit of its own. What was confirmed since the last one is published again after a crash, and consumers know it.</summary>
    private static readonly TimeSpan CheckpointPeriod = TimeSpan.FromMilliseconds(250);

    public static string CheckpointOf(string target) => $"integritet-{target}";

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Yield();
        var pause = new BackOff();
        try
        {
            while (!stoppingToken.IsCancellationRequested)
            {
                try
                {
                    await LeadAsync(pause, stoppingToken);
                }
                catch (Exception e) when (!stoppingToken.IsCancellationRequested)
                {
                    state.Is(ForwarderState.Doing.Failing, e.GetType().Name);
                    Log.ForwarderFailed(logger, messaging.Service, target.Name, pause.Next.TotalMilliseconds, e);
                    await pause.WaitAsync(stoppingToken);
                }
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Asked to stop: what was not confirmed is published by the next leader.
        }
        finally
        {
            state.Is(ForwarderState.Doing.Ended);
        }
    }

    /// <summary>One session as leader. Ends by an exception only.</summary>
    private async Task LeadAsync(BackOff pause, CancellationToken stopping)
    {
        if (state.Now.Doing is not ForwarderState.Doing.Failing) state.Is(ForwarderState.Doing.Following);
        await using var leadership = await Leadership.AcquireAsync(database.Value.ConnectionString, target.LeaderLock, stopping);
        using var session = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Task[] parts = [];
        try
        {
            await target.OpenAsync(stopping);
            var checkpoint = await checkpoints.GetAsync(CheckpointOf(target.Name), stopping);
            var position = new Position(checkpoint);
            var read = Channel.CreateBounded<IReadOnlyList<RecordedEvent>>(1);
            var published = Channel.CreateBounded<InFlight>(MaxInFlight - 1);
            state.Is(ForwarderState.Doing.Leading);
            Log.Leading(logger, messaging.Service, target.Name, checkpoint);
            parts =
            [
                ReadAsync(checkpoint, read.Writer, session.Token),
                PublishAsync(read.Reader, checkpoint, published.Writer, session.Token),
                SettleAsync(published.Reader, position, pause, session.Token),
                MoveCheckpointAsync(checkpoint, position, session.Token),
                BeatAsync(leadership, position, session.Token),
            ];
            await await Task.WhenAny(parts);
        }
        finally
        {
            await session.CancelAsync();
            await Task.WhenAll(parts).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await target.CloseAsync();
        }
    }

    /// <summary>Reads one batch ahead of what is being published.</summary>
    private async Task ReadAsync(long after, ChannelWriter<IReadOnlyList<RecordedEvent>> batches, CancellationToken cancellationToken)
    {
        await foreach (var batch in store.SubscribeAsync(after, options.Value.BatchSize, cancellationToken))
        {
            await batches.WriteAsync(batch, cancellationToken);
            if (batch.Count < Math.Min(FewEvents, options.Value.BatchSize))
                await Task.Delay(Gather, cancellationToken);
        }
    }

    /// <summary>Publishes batch after batch in order; a target writes in the order it is called, whenever the confirms come.</summary>
    private async Task PublishAsync(ChannelReader<IReadOnlyList<RecordedEvent>> batches, long previous, ChannelWriter<InFlight> published, CancellationToken cancellationToken)
    {
        await foreach (var batch in batches.ReadAllAsync(cancellationToken))
        {
            var last = batch[^1].Position;
            await published.WriteAsync(new InFlight(last, target.PublishAsync(batch, previous, cancellationToken)), cancellationToken);
            previous = last;
        }
    }

    /// <summary>Notes what the broker has confirmed, in order.</summary>
    private static async Task SettleAsync(ChannelReader<InFlight> published, Position position, BackOff pause, CancellationToken cancellationToken)
    {
        await foreach (var batch in published.ReadAllAsync(cancellationToken))
        {
            await batch.Confirmed;
            position.Published = batch.Last;
            pause.Reset();
        }
    }

    /// <summary>Moves the checkpoint over all that was confirmed since the last time.</summary>
    private async Task MoveCheckpointAsync(long stands, Position position, CancellationToken cancellationToken)
    {
        using var period = new PeriodicTimer(CheckpointPeriod);
        while (await period.WaitForNextTickAsync(cancellationToken))
        {
            var to = position.Published;
            if (to == stands)
                continue;
            if (!await checkpoints.TryMoveAsync(CheckpointOf(target.Name), stands, to, cancellationToken))
                throw new LeadershipLostException($"The checkpoint no longer stands at {stands}: another leader has moved it.");
            stands = to;
        }
    }

    private async Task BeatAsync(Leadership leadership, Position position, CancellationToken cancellationToken)
    {
        using var beats = new PeriodicTimer(Beat);
        do
        {
            await leadership.ConfirmAsync(cancellationToken);
            await target.HeartbeatAsync(position.Published, cancellationToken);
        }
        while (await beats.WaitForNextTickAsync(cancellationToken));
    }

    /// <param name="Last">Position of its last event.</param>
    /// <param name="Confirmed">Ends when the broker has confirmed all of it.</param>
    private sealed record InFlight(long Last, Task Confirmed);

    /// <summary>The last position whose events are confirmed.</summary>
    private sealed class Position(long published)
    {
        private long _published = published;

        public long Published
        {
            get => Volatile.Read(ref _published);
            set => Volatile.Write(ref _published, value);
        }
    }
}

/// <summary>Another replica leads.</summary>
internal sealed class LeadershipLostException(string message) : Exception(message);

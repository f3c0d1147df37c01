using System.Threading.Channels;
using Integritet.Platform.EventStore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Integritet.Platform.Messaging;

/// <summary>
/// The log is the outbox. The leader reads after the checkpoint, publishes with confirms, and then moves the checkpoint by compare-and-set. Whatever fails (broker, store, lock) ends the
/// session; the next begins at the checkpoint, so that events come at least once, in order, whoever leads.
/// </summary>
internal sealed class LogForwarder(
    ILogTarget target, ForwarderState state, IEventStore store, ICheckpoints checkpoints, MessagingBuilder messaging, IOptions<RabbitMqOptions> options,
    IOptions<EventStoreOptions> database, ILogger<LogForwarder> logger) : BackgroundService
{
    /// <summary>Batches published and not yet confirmed: the broker works on one while the next is written.</summary>
    private const int MaxInFlight = 4;

    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(2);

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
            var position = new Position(await checkpoints.GetAsync(CheckpointOf(target.Name), stopping));
            var read = Channel.CreateBounded<IReadOnlyList<RecordedEvent>>(1);
            var published = Channel.CreateBounded<InFlight>(MaxInFlight - 1);
            state.Is(ForwarderState.Doing.Leading);
            Log.Leading(logger, messaging.Service, target.Name, position.Published);
            parts =
            [
                ReadAsync(position.Published, read.Writer, session.Token),
                PublishAsync(read.Reader, position.Published, published.Writer, session.Token),
                SettleAsync(published.Reader, position, pause, session.Token),
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
            await batches.WriteAsync(batch, cancellationToken);
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

    /// <summary>Moves the checkpoint over what is confirmed, one step for all batches that are.</summary>
    private async Task SettleAsync(ChannelReader<InFlight> published, Position position, BackOff pause, CancellationToken cancellationToken)
    {
        while (await published.WaitToReadAsync(cancellationToken))
        {
            var to = position.Published;
            while (published.TryPeek(out var batch) && (to == position.Published || batch.Confirmed.IsCompleted))
            {
                await batch.Confirmed;
                to = batch.Last;
                published.TryRead(out _);
            }

            if (!await checkpoints.TryMoveAsync(CheckpointOf(target.Name), position.Published, to, cancellationToken))
                throw new LeadershipLostException($"The checkpoint no longer stands at {position.Published}: another leader has moved it.");
            position.Published = to;
            pause.Reset();
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

    /// <summary>The last position whose events are confirmed and whose checkpoint is moved.</summary>
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

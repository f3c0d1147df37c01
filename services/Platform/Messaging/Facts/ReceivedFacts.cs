using System.Collections.Concurrent;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using MassTransit;

namespace Integritet.Platform.Messaging;

/// <summary>An event by which a service keeps what another told it. Its stream here holds the facts of one stream there.</summary>
public interface IReceivedFact
{
    /// <summary>The version of the source's stream it is the state of.</summary>
    long SourceVersion { get; }
}

/// <summary>
/// Stores what other services tell as events of this one: only if newer than what is held, and once per message, so that reordered, doubled and replayed messages are harmless.
/// </summary>
public sealed class ReceivedFacts(EventStreams streams, IEventStore store, IEventSerializer serializer) : IDisposable
{
    private const int MaxAttempts = 10;
    private const int MaxRemembered = 10_000;

    /// <summary>Messages of one stream take turns within a replica, since only one of them can be appended at a time.</summary>
    private readonly SemaphoreSlim[] _turns = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1, 1))];

    /// <summary>What is known of streams, so that a long one is not read from its beginning each time. A hint: the append checks it.</summary>
    private readonly ConcurrentDictionary<(string Controller, string Stream), Held> _remembered = new();

    /// <param name="Version">Version of the stream here.</param>
    /// <param name="Newest">Newest source version in it.</param>
    private sealed record Held(long Version, long Newest);

    /// <summary>
    /// Stores a fact in <paramref name="stream"/> of the message's controller if its source version is newer than the newest there; consumption is recorded in the append's transaction.
    /// Returns whether it was stored. Throws when the store cannot be reached or the stream stays contended, which sends the message through retry.
    /// </summary>
    public Task<bool> StoreAsync<TMessage>(ConsumeContext<TMessage> context, string stream, IReceivedFact fact)
        where TMessage : class, IStateMessage
    {
        ArgumentNullException.ThrowIfNull(context);
        var messageId = context.MessageId ?? throw new InvalidOperationException($"A {typeof(TMessage).Name} without a message id.");
        var correlation = context.Headers.Get<string>(MessageHeaders.Correlation) ?? messageId.ToString();
        var metadata = new EventMetadata(correlation, messageId.ToString(), context.Message.Source) { TraceParent = System.Diagnostics.Activity.Current?.Id };
        return StoreAsync(context.Message, new ConsumedMessage(messageId, typeof(TMessage).Name), stream, fact, metadata, context.CancellationToken);
    }

    /// <summary>Stores likewise what another service's log says: <paramref name="message"/> is what that service tells of the event, or told.</summary>
    public Task<bool> StoreAsync(FeedEvent logged, IStateMessage message, string stream, IReceivedFact fact, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(logged);
        ArgumentNullException.ThrowIfNull(message);
        var metadata = new EventMetadata(logged.Correlation, logged.Id.ToString(), message.Source);
        return StoreAsync(message, new ConsumedMessage(logged.Id, SourceLog.NameOf(logged.Service)), stream, fact, metadata, cancellationToken);
    }

    private async Task<bool> StoreAsync(
        IStateMessage message, ConsumedMessage consumed, string stream, IReceivedFact fact, EventMetadata metadata, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(fact);
        if (fact.SourceVersion != message.SourceVersion)
            throw new ArgumentException("A fact must carry the source version of its message.", nameof(fact));

        var turn = _turns[(uint)HashCode.Combine(message.Controller, stream) % (uint)_turns.Length];
        await turn.WaitAsync(cancellationToken);
        try
        {
            for (var attempt = 1; attempt <= MaxAttempts; attempt++)
            {
                var held = await HeldAsync(message.Controller, stream, cancellationToken);
                if (message.SourceVersion <= held.Newest) return false;

                var result = await streams.AppendAsync(
                    message.Controller, stream, ExpectedVersion.Exactly(held.Version), [fact], metadata, new AppendOptions { Consumed = consumed }, cancellationToken);
                switch (result)
                {
                    case AppendResult.Appended appended:
                        Remember(message.Controller, stream, new Held(appended.Version, message.SourceVersion));
                        return true;
                    case AppendResult.AlreadyConsumed: return false;
                    case AppendResult.VersionConflict: continue;
                    default: throw new InvalidOperationException($"Storing a fact in '{stream}' gave {result.GetType().Name}.");
                }
            }
        }
        finally
        {
            turn.Release();
        }

        throw new EventStoreUnavailableException($"Stream '{stream}' stayed contended for {MaxAttempts} attempts.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var turn in _turns) turn.Dispose();
    }

    private async Task<Held> HeldAsync(string controller, string stream, CancellationToken cancellationToken)
    {
        var held = _remembered.GetValueOrDefault((controller, stream)) ?? new Held(0, 0);
        foreach (var recorded in await store.ReadStreamAsync(controller, stream, held.Version, cancellationToken: cancellationToken))
        {
            held = await serializer.DeserializeAsync(recorded, cancellationToken) is IReceivedFact fact
                ? new Held(recorded.Version, Math.Max(held.Newest, fact.SourceVersion))
                : throw new InvalidOperationException($"A '{recorded.Type}' is no received fact: keep facts in a stream of their own.");
        }

        Remember(controller, stream, held);
        return held;
    }

    private void Remember(string controller, string stream, Held held)
    {
        if (_remembered.Count >= MaxRemembered) _remembered.Clear();
        _remembered[(controller, stream)] = held;
    }
}

/// <summary>Headers of our own on contract messages.</summary>
internal static class MessageHeaders
{
    public const string Correlation = "Integritet-Correlation";
}

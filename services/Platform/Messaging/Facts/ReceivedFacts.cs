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
public sealed class ReceivedFacts(EventStreams streams)
{
    private const int MaxAttempts = 10;

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

    /// <inheritdoc cref="StoreAsync{TMessage}"/>
    public async Task<bool> StoreAsync(
        IStateMessage message, ConsumedMessage consumed, string stream, IReceivedFact fact, EventMetadata metadata, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(message);
        ArgumentNullException.ThrowIfNull(fact);
        if (fact.SourceVersion != message.SourceVersion)
            throw new ArgumentException("A fact must carry the source version of its message.", nameof(fact));

        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var held = await streams.LoadAsync(message.Controller, stream, 0L, NewestOf, cancellationToken: cancellationToken);
            if (message.SourceVersion <= held.State) return false;

            var result = await streams.AppendAsync(
                message.Controller, stream, ExpectedVersion.Exactly(held.Version), [fact], metadata, new AppendOptions { Consumed = consumed }, cancellationToken);
            switch (result)
            {
                case AppendResult.Appended: return true;
                case AppendResult.AlreadyConsumed: return false;
                case AppendResult.VersionConflict: continue;
                default: throw new InvalidOperationException($"Storing a fact in '{stream}' gave {result.GetType().Name}.");
            }
        }

        throw new EventStoreUnavailableException($"Stream '{stream}' stayed contended for {MaxAttempts} attempts.");
    }

    private static long NewestOf(long newest, object @event) =>
        @event is IReceivedFact fact
            ? Math.Max(newest, fact.SourceVersion)
            : throw new InvalidOperationException($"{@event.GetType().Name} is no received fact: keep facts in a stream of their own.");
}

/// <summary>Headers of our own on contract messages.</summary>
internal static class MessageHeaders
{
    public const string Correlation = "Integritet-Correlation";
}

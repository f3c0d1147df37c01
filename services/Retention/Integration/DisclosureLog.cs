using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Retention.LegalHolds;

namespace Integritet.Retention.Integration;

/// <summary>Disclosure's own log, read when Disclosure is silent and a while after it told something new: what its messages would have said of cases, or did.</summary>
public sealed class DisclosureLog(ReceivedFacts facts, CaseHolds holds, ICheckpoints checkpoints) : ISilentSource
{
    private const string Checkpoint = "disclosure-log";

    public Task<long> AppliedPositionAsync(string source, CancellationToken cancellationToken) => checkpoints.GetAsync(Checkpoint, cancellationToken);

    public async Task ApplyAsync(string source, IReadOnlyList<FeedEvent> events, CancellationToken cancellationToken)
    {
        foreach (var one in events)
            if (MessageOf(one) is { } message)
                await TakeInAsync(one, message, cancellationToken);
        await checkpoints.TryMoveAsync(Checkpoint, events[0].Previous, events[^1].Position, cancellationToken);
    }

    /// <summary>What Disclosure tells of one of its events; null: nothing that concerns retention. Throws on one that does and is not understood: it must not be passed over.</summary>
    internal static IStateMessage? MessageOf(FeedEvent e) => e.Type switch
    {
        "case-opened.v1" => e.ToldAs<CaseChanged>() with { Open = true },
        "case-closed.v1" => e.ToldAs<CaseChanged>() with { Open = false },
        "case-subjects-added.v1" => e.ToldAs<CaseSubjectsAdded>(),
        _ when e.Type.StartsWith("case-", StringComparison.Ordinal) =>
            throw new InvalidOperationException($"Disclosure's log has a {e.Type} at position {e.Position}, and it is not said here what that means."),
        _ => null,
    };

    private Task TakeInAsync(FeedEvent e, IStateMessage message, CancellationToken cancellationToken)
    {
        var (stream, fact) = ToldByDisclosure.Of(message);
        var metadata = new EventMetadata(e.Correlation, e.Id.ToString(), message.Source);
        return holds.TakeInAsync(
            message.Controller, fact, () => facts.StoreAsync(message, new ConsumedMessage(e.Id, Checkpoint), stream, fact, metadata, cancellationToken), cancellationToken);
    }
}

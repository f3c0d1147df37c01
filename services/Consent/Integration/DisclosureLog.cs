using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;

namespace Integritet.Consent.Integration;

/// <summary>
/// Disclosure's own log, read when Disclosure is silent and a while after it told something new: what its messages would have said, or did. The checkpoint moves only by reading, so it lags behind what came by messages, and never runs ahead.
/// </summary>
public sealed class DisclosureLog(ReceivedFacts facts, ICheckpoints checkpoints) : ISilentSource
{
    private const string Checkpoint = "disclosure-log";

    private static readonly string[] Concerning = ["recipient-", "agreement-", "access-right-", "case-"];

    public Task<long> AppliedPositionAsync(string source, CancellationToken cancellationToken) => checkpoints.GetAsync(Checkpoint, cancellationToken);

    public async Task ApplyAsync(string source, IReadOnlyList<FeedEvent> events, CancellationToken cancellationToken)
    {
        foreach (var one in events)
            if (MessageOf(one) is { } message)
                await StoreAsync(one, message, cancellationToken);
        await checkpoints.TryMoveAsync(Checkpoint, events[0].Previous, events[^1].Position, cancellationToken);
    }

    /// <summary>What Disclosure tells of one of its events; null: nothing that concerns decisions. Throws on one that does and is not understood: it must not be passed over.</summary>
    internal static IStateMessage? MessageOf(FeedEvent e) => e.Type switch
    {
        "recipient-registered.v1" => e.ToldAs<RecipientRegistered>(),
        "agreement-registered.v1" => e.ToldAs<AgreementRegistered>(),
        "access-right-granted.v1" => e.ToldAs<AccessRightGranted>(),
        "case-opened.v1" => e.ToldAs<CaseChanged>() with { Open = true },
        "case-closed.v1" => e.ToldAs<CaseChanged>() with { Open = false },
        "case-subjects-added.v1" => e.ToldAs<CaseSubjectsAdded>(),
        _ when Concerning.Any(prefix => e.Type.StartsWith(prefix, StringComparison.Ordinal)) =>
            throw new InvalidOperationException($"Disclosure's log has a {e.Type} at position {e.Position}, and it is not said here what that means."),
        _ => null,
    };

    private Task<bool> StoreAsync(FeedEvent e, IStateMessage message, CancellationToken cancellationToken)
    {
        var (stream, fact) = ToldByDisclosure.Of(message);
        return facts.StoreAsync(
            message, new ConsumedMessage(e.Id, Checkpoint), stream, fact, new EventMetadata(e.Correlation, e.Id.ToString(), message.Source), cancellationToken);
    }
}

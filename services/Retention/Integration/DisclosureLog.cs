using Integritet.Contracts;
using Integritet.Platform.Messaging;
using Integritet.Retention.LegalHolds;

namespace Integritet.Retention.Integration;

/// <summary>Disclosure's own log, read when Disclosure is silent and a while after it told something new: what its messages would have said of cases, or did.</summary>
public sealed class DisclosureLog(ReceivedFacts facts, CaseHolds holds) : ISilentSource
{
    public async Task ApplyAsync(FeedEvent logged, CancellationToken cancellationToken)
    {
        if (MessageOf(logged) is not { } message) return;
        var (stream, fact) = ToldByDisclosure.Of(message);
        await holds.TakeInAsync(message.Controller, fact, () => facts.StoreAsync(logged, message, stream, fact, cancellationToken), cancellationToken);
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
}

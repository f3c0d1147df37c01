using Integritet.Contracts;
using Integritet.Platform.Messaging;

namespace Integritet.Consent.Integration;

/// <summary>Disclosure's own log, read when Disclosure is silent and a while after it told something new: what its messages would have said, or did.</summary>
public sealed class DisclosureLog(ReceivedFacts facts) : ISilentSource
{
    private static readonly string[] Concerning = ["recipient-", "agreement-", "access-right-", "case-"];

    public async Task ApplyAsync(FeedEvent logged, CancellationToken cancellationToken)
    {
        if (MessageOf(logged) is not { } message) return;
        var (stream, fact) = ToldByDisclosure.Of(message);
        await facts.StoreAsync(logged, message, stream, fact, cancellationToken);
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
}

using Integritet.Platform.Messaging;

namespace Integritet.Retention.LegalHolds;

/// <summary>
/// Whether every case that may hold something is known here. Where Disclosure is silent and its log cannot be read either, nobody knows what it would forbid: nothing is instructed until it is heard again.
/// </summary>
public sealed class KnownCases(IConfiguration configuration, SourceFreshness? freshness = null)
{
    /// <summary>Whether Disclosure is part of this installation: one that is not deployed tells nothing, and nobody waits for it.</summary>
    public static bool AreTold(IConfiguration configuration) => configuration[$"Services:{ToldByDisclosure.Source}"] is not null;

    /// <summary>Whether all are known.</summary>
    public bool All => !AreTold(configuration) || freshness?.IsFresh(ToldByDisclosure.Source) is true;
}

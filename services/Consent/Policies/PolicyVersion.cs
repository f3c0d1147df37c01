using Integritet.Consent.Consents;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Policies;

/// <summary>A published version of a controller's policy as this service holds it: immutable, compiled once.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Hash">Of the document, as the Policy service told it.</param>
/// <param name="Compiled">Decides by it.</param>
/// <param name="EffectiveFrom">It decides nothing before (PA-8, DV-11).</param>
/// <param name="KnownFrom">Position of this service's log at which it became known here.</param>
public sealed record PolicyVersion(int Version, string Hash, CompiledPolicy Compiled, DateTimeOffset EffectiveFrom, long KnownFrom)
{
    public PolicyDocument Document => Compiled.Document;

    /// <summary>A purpose with what consent to it does under this version.</summary>
    public StatedPurpose Stated(string purpose) => new(purpose, Compiled.ConsentPurposes.Contains(purpose) ? ConsentEffect.Needed : ConsentEffect.None);
}

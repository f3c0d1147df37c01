using System.Text;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Platform.Policies;

/// <summary>A published version of a controller's policy as a service holds it: immutable, compiled once.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Hash">Of the document, as the Policy service told it.</param>
/// <param name="Compiled">Decides by it.</param>
/// <param name="EffectiveFrom">It decides nothing before (PA-8, DV-11).</param>
/// <param name="KnownFrom">Position of this service's log at which it became known here.</param>
public sealed record PolicyVersion(int Version, string Hash, CompiledPolicy Compiled, DateTimeOffset EffectiveFrom, long KnownFrom)
{
    /// <summary>What it says.</summary>
    public PolicyDocument Document => Compiled.Document;

    /// <summary>Null for a document this engine does not understand, or that is not the one the hash is of: by such a one nothing may be decided.</summary>
    public static PolicyVersion? Read(int version, string hash, string document, DateTimeOffset effectiveFrom, long knownFrom) =>
        PolicyParser.Parse(Encoding.UTF8.GetBytes(document)) is PolicyParseResult.Parsed parsed && string.Equals(parsed.Document.Hash, hash, StringComparison.Ordinal)
            ? new PolicyVersion(version, hash, CompiledPolicy.Compile(parsed.Document), effectiveFrom, knownFrom)
            : null;
}

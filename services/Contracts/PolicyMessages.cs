namespace Integritet.Contracts;

/// <summary>A policy version that has been published: what a service needs to decide by it. Sent by Policy on publication and when asked.</summary>
/// <param name="Version">The policy version, from 1.</param>
/// <param name="Hash">Lower-case hex SHA-256 over the document's canonical bytes.</param>
/// <param name="Document">The YAML document as handed in.</param>
/// <param name="PublishedAt">When it was published (PA-8, DV-11: it decides nothing before).</param>
/// <param name="EffectiveFrom">When it takes effect.</param>
[ConsumedBy("consent", "disclosure", "retention", "gateway")]
public sealed record PolicyPublished(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    int Version, string Hash, string Document, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom) : IStateMessage;

/// <summary>A service that lacks policies asks Policy to tell it all published ones again (answer: <see cref="PolicyPublished"/> to everyone).</summary>
/// <param name="Asker">Name of the asking service.</param>
/// <param name="AskedAt">When.</param>
[ConsumedBy("policy")]
public sealed record PoliciesWanted(string Asker, DateTimeOffset AskedAt);

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

/// <summary>A service that has not been told of every policy asks Policy to tell all published ones again (answer: <see cref="PolicyPublished"/> to everyone, then <see cref="PoliciesListed"/>).</summary>
/// <param name="Asker">Name of the asking service.</param>
/// <param name="AskedAt">When.</param>
[ConsumedBy("policy")]
public sealed record PoliciesWanted(string Asker, DateTimeOffset AskedAt);

/// <summary>Every version that had been published when Policy was asked: who has received these has received all. It may overtake them.</summary>
/// <param name="Asker">The service that asked; nobody else heeds it.</param>
/// <param name="Policies">The versions, none where nothing has been published.</param>
[ConsumedBy("consent", "disclosure", "retention")]
public sealed record PoliciesListed(string Asker, IReadOnlyList<ListedPolicy> Policies);

/// <summary>One published version.</summary>
/// <param name="Version">From 1.</param>
public sealed record ListedPolicy(string Controller, int Version);

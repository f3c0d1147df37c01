using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;

namespace Integritet.Platform.Policies;

/// <summary>The Policy service has told of a published version. Its stream here is that of the version there.</summary>
/// <param name="SourceVersion">Version of that stream.</param>
/// <param name="Version">The policy version, from 1.</param>
/// <param name="Hash">Of the document.</param>
/// <param name="Document">The YAML document as handed in.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="EffectiveFrom">When it takes effect.</param>
[StoredEvent("policy-received.v1")]
public sealed record PolicyReceived(long SourceVersion, int Version, string Hash, string Document, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom) : IReceivedFact
{
    /// <summary>The stream here that keeps what is told of a stream of the Policy service.</summary>
    public static string StreamOf(string sourceStream) => $"received-{sourceStream}";
}

/// <summary>This service had not been told of every policy and asked the Policy service for all published ones. What others are told of it: a <see cref="Contracts.PoliciesWanted"/>.</summary>
[StoredEvent("policies-asked.v1")]
public sealed record PoliciesAsked
{
    /// <summary>The installation's own.</summary>
    public const string Tenant = "installation";

    /// <summary>The stream of all asking.</summary>
    public const string Stream = "policies-asked";
}

/// <summary>The Policy service has told this one, which asked, which versions are published. Follows a <see cref="PoliciesAsked"/> in its stream.</summary>
[StoredEvent("policy-list-received.v1")]
public sealed record PolicyListReceived(IReadOnlyList<ListedPolicy> Policies);

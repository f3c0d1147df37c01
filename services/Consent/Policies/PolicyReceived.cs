using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;

namespace Integritet.Consent.Policies;

/// <summary>The Policy service has told of a published version. Its stream here is that of the version there.</summary>
[StoredEvent("policy-received.v1")]
public sealed record PolicyReceived(long SourceVersion, int Version, string Hash, string Document, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom) : IReceivedFact
{
    public static string StreamOf(string sourceStream) => $"received-{sourceStream}";
}

using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Policy.Versions;

/// <summary>A draft was handed in.</summary>
[StoredEvent("policy-drafted.v1")]
public sealed record PolicyDrafted(int Version, string Hash, string Document, string? File, DateTimeOffset DraftedAt);

/// <summary>A draft was replaced by another document.</summary>
[StoredEvent("policy-draft-replaced.v1")]
public sealed record PolicyDraftReplaced(int Version, string Hash, string Document, DateTimeOffset ReplacedAt);

/// <summary>A version was published: from then on it never changes. Carries the document, since it tells the other services.</summary>
[StoredEvent("policy-version-published.v1")]
public sealed record PolicyVersionPublished(int Version, string Hash, string Document, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom);

/// <summary>One version of a controller's policy.</summary>
public sealed record PolicyVersion
{
    /// <summary>Streams <c>policy-1</c>, <c>policy-2</c> … of the controller.</summary>
    public static Aggregate<PolicyVersion> Aggregate { get; } = new("policy", new PolicyVersion(), Evolve);

    /// <summary>From 1; 0 before there is one.</summary>
    public int Version { get; init; }

    public string Hash { get; init; } = "";

    /// <summary>The document as handed in, YAML or JSON.</summary>
    public string Document { get; init; } = "";

    public DateTimeOffset DraftedAt { get; init; }

    public DateTimeOffset? PublishedAt { get; init; }

    public DateTimeOffset? EffectiveFrom { get; init; }

    public bool Exists => Version > 0;

    public bool IsPublished => PublishedAt is not null;

    public static PolicyVersion Evolve(PolicyVersion state, object @event) => @event switch
    {
        PolicyDrafted e => state with { Version = e.Version, Hash = e.Hash, Document = e.Document, DraftedAt = e.DraftedAt },
        PolicyDraftReplaced e => state with { Hash = e.Hash, Document = e.Document },
        PolicyVersionPublished e => state with { PublishedAt = e.PublishedAt, EffectiveFrom = e.EffectiveFrom },
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of a policy version."),
    };
}

using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Policy.Versions;

namespace Integritet.Policy.Integration;

/// <summary>What other services are told.</summary>
public static class IntegrationEvents
{
    /// <summary>Pure: a published version is told, drafts are not.</summary>
    public static IEnumerable<object> Map(RecordedEvent recorded, object @event) => @event switch
    {
        PolicyVersionPublished e =>
        [
            new PolicyPublished(
                recorded.Tenant, PolicyService.Name, recorded.Stream, recorded.Version, recorded.Position, e.Version, e.Hash, e.Document, e.PublishedAt, e.EffectiveFrom),
        ],
        PolicyDrafted or PolicyDraftReplaced => [],
        _ => throw new InvalidOperationException($"{@event.GetType()} is no event of Policy."),
    };
}

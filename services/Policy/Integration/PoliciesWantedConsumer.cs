using System.Globalization;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Policy.Versions;
using MassTransit;

namespace Integritet.Policy.Integration;

/// <summary>A service asks for the policies: every published version is told again, to everybody, then which these were. Those who have one keep what they have.</summary>
public sealed class PoliciesWantedConsumer(VersionList versions, IEventStore store, IEventSerializer serializer) : IConsumer<PoliciesWanted>
{
    public async Task Consume(ConsumeContext<PoliciesWanted> context)
    {
        var published = await versions.PublishedAsync(context.CancellationToken);
        foreach (var (controller, version) in published)
        {
            var stream = PolicyVersion.Aggregate.StreamOf(version.ToString(CultureInfo.InvariantCulture));
            foreach (var recorded in await store.ReadStreamAsync(controller, stream, cancellationToken: context.CancellationToken))
                foreach (var message in IntegrationEvents.Map(recorded, await serializer.DeserializeAsync(recorded, context.CancellationToken)))
                    await context.Publish(message, context.CancellationToken);
        }
        await context.Publish(new PoliciesListed(context.Message.Asker, [.. published.Select(p => new ListedPolicy(p.Controller, p.Version))]), context.CancellationToken);
    }
}

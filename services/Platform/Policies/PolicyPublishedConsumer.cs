using Integritet.Contracts;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Platform.Policies;

/// <summary>Keeps each published policy version as a fact of this service, so that what was known when can be asked later.</summary>
public sealed class PolicyPublishedConsumer(ReceivedFacts facts) : IConsumer<PolicyPublished>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PolicyPublished> context)
    {
        var told = context.Message;
        await facts.StoreAsync(
            context, PolicyReceived.StreamOf(told.SourceStream),
            new PolicyReceived(told.SourceVersion, told.Version, told.Hash, told.Document, told.PublishedAt, told.EffectiveFrom));
    }
}

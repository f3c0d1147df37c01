using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Disclosure.Integration;

/// <summary>A service applies what this one told it.</summary>
/// <param name="Consumer">That service.</param>
/// <param name="SourceVersion">The version of its own stream that says so.</param>
/// <param name="FactStream">The stream here whose state it applies.</param>
/// <param name="FactVersion">The version of that stream.</param>
/// <param name="AppliedAt">Since when.</param>
[StoredEvent("fact-confirmed.v1")]
public sealed record FactConfirmed(string Consumer, long SourceVersion, string FactStream, long FactVersion, DateTimeOffset AppliedAt) : IReceivedFact;

/// <summary>Keeps what consumers confirm of this service's facts; what they confirm of others' is none of its business.</summary>
public sealed class FactAppliedConsumer(ReceivedFacts facts) : IConsumer<FactApplied>
{
    public async Task Consume(ConsumeContext<FactApplied> context)
    {
        var told = context.Message;
        if (told.FactSource != DisclosureService.Name)
            return;
        await facts.StoreAsync(
            context, $"confirmed-{told.Source}-{told.SourceStream}", new FactConfirmed(told.Source, told.SourceVersion, told.FactStream, told.FactVersion, told.AppliedAt));
    }
}

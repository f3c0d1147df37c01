using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using MassTransit;

namespace Integritet.Platform.Policies;

/// <summary>Keeps the list of published versions that this service asked for, for all of its replicas.</summary>
public sealed class PoliciesListedConsumer(EventStreams streams, ServiceDescription service) : IConsumer<PoliciesListed>
{
    /// <inheritdoc/>
    public async Task Consume(ConsumeContext<PoliciesListed> context)
    {
        if (!string.Equals(context.Message.Asker, service.Name, StringComparison.Ordinal))
            return;
        var messageId = context.MessageId ?? throw new InvalidOperationException("A PoliciesListed without a message id.");
        await streams.AppendAsync(
            PoliciesAsked.Tenant, PoliciesAsked.Stream, ExpectedVersion.Any, [new PolicyListReceived(context.Message.Policies)],
            new EventMetadata(messageId.ToString(), messageId.ToString(), "policy"),
            new AppendOptions { Consumed = new ConsumedMessage(messageId, nameof(PoliciesListed)) }, context.CancellationToken);
    }
}

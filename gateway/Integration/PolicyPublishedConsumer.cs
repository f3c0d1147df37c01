using Integritet.Contracts;
using Integritet.Gateway.Controllers;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Gateway.Integration;

/// <summary>A controller with a policy exists: its paths are open to those who have credentials for it.</summary>
public sealed class PolicyPublishedConsumer(ReceivedFacts facts) : IConsumer<PolicyPublished>
{
    public Task Consume(ConsumeContext<PolicyPublished> context)
    {
        var message = context.Message;
        if (!Controller.IsValidId(message.Controller))
            throw new InvalidOperationException("A policy was published for a controller whose id cannot stand in a path.");
        return facts.StoreAsync(
            context, $"policy-{message.SourceStream}", new ControllerPolicyPublished(message.Controller, message.SourceVersion, message.Version, message.Hash));
    }
}

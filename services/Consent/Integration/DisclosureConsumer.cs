using Integritet.Contracts;
using Integritet.Platform.Messaging;
using MassTransit;

namespace Integritet.Consent.Integration;

/// <summary>Keeps what Disclosure tells. Each of its messages has a consumer of its own, since each has a queue of its own.</summary>
public abstract class DisclosureConsumer<TMessage>(ReceivedFacts facts) : IConsumer<TMessage>
    where TMessage : class, IStateMessage
{
    public async Task Consume(ConsumeContext<TMessage> context)
    {
        var (stream, fact) = ToldByDisclosure.Of(context.Message);
        await facts.StoreAsync(context, stream, fact);
    }
}

public sealed class RecipientRegisteredConsumer(ReceivedFacts facts) : DisclosureConsumer<RecipientRegistered>(facts);

public sealed class AgreementRegisteredConsumer(ReceivedFacts facts) : DisclosureConsumer<AgreementRegistered>(facts);

public sealed class AccessRightGrantedConsumer(ReceivedFacts facts) : DisclosureConsumer<AccessRightGranted>(facts);

public sealed class CaseChangedConsumer(ReceivedFacts facts) : DisclosureConsumer<CaseChanged>(facts);

public sealed class CaseSubjectsAddedConsumer(ReceivedFacts facts) : DisclosureConsumer<CaseSubjectsAdded>(facts);

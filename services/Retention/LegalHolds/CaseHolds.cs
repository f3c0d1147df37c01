using Integritet.Contracts;
using Integritet.Platform.Messaging;
using Integritet.Retention.Instructions;
using MassTransit;

namespace Integritet.Retention.LegalHolds;

/// <summary>
/// Takes in what Disclosure tells of cases, in turn with instructing: what a preservation case covers is not instructed afterwards, and what was instructed before is recalled. A repeat recalls what was left,
/// should the process have ended between the two.
/// </summary>
public sealed class CaseHolds(Turns turns, RecallHeld recall)
{
    /// <summary>Stores a fact by <paramref name="store"/>, and has it bind.</summary>
    public async Task TakeInAsync(string controller, ToldByDisclosure fact, Func<Task> store, CancellationToken cancel)
    {
        if (fact is CaseTold { Kind: not CaseTold.Preservation })
        {
            await store();
            return;
        }
        await using var turn = await turns.TakeAsync(controller, cancel);
        await store();
        await recall.RecallAsync(controller, cancel);
    }
}

/// <summary>Keeps what Disclosure tells. Each of its messages has a consumer of its own, since each has a queue of its own.</summary>
public abstract class CaseConsumer<TMessage>(ReceivedFacts facts, CaseHolds holds) : IConsumer<TMessage>
    where TMessage : class, IStateMessage
{
    public async Task Consume(ConsumeContext<TMessage> context)
    {
        var (stream, fact) = ToldByDisclosure.Of(context.Message);
        await holds.TakeInAsync(context.Message.Controller, fact, () => facts.StoreAsync(context, stream, fact), context.CancellationToken);
    }
}

public sealed class CaseChangedConsumer(ReceivedFacts facts, CaseHolds holds) : CaseConsumer<CaseChanged>(facts, holds);

public sealed class CaseSubjectsAddedConsumer(ReceivedFacts facts, CaseHolds holds) : CaseConsumer<CaseSubjectsAdded>(facts, holds);

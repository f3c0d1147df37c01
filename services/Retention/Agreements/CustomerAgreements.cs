using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Agreements;

/// <summary>Everything agreed with one customer on retention.</summary>
public sealed record CustomerAgreements(ImmutableArray<RetentionAgreed> All)
{
    /// <summary>Streams <c>retention-agreements-{id}</c>.</summary>
    public static Aggregate<CustomerAgreements> Aggregate { get; } = new("retention-agreements", new CustomerAgreements([]), Evolve);

    public static CustomerAgreements Evolve(CustomerAgreements state, object @event) => @event switch
    {
        RetentionAgreed e => new CustomerAgreements(state.All.Add(e)),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is no event of a customer's agreements."),
    };
}

using System.Collections.Immutable;
using Integritet.Retention.Holdings;
using Integritet.Retention.Triggers;

namespace Integritet.Retention.Plans;

/// <summary>What is known, up to a position of this service's log, of the facts on which some holdings' plans rest.</summary>
/// <param name="Position">Everything up to there is taken into account.</param>
/// <param name="Triggers">By what they meet.</param>
/// <param name="Agreements">By customer.</param>
public sealed record KnownFacts(
    long Position, IReadOnlyDictionary<(TriggerTarget Meets, string Name), List<ToldTrigger>> Triggers, IReadOnlyDictionary<string, List<AgreedPeriod>> Agreements)
{
    /// <summary>What was said on consent, by subject.</summary>
    public IReadOnlyDictionary<string, List<ConsentStatement>> Consents { get; init; } = ImmutableDictionary<string, List<ConsentStatement>>.Empty;

    /// <summary>Those that bear on one holding.</summary>
    public PlanFacts Of(HeldData holding)
    {
        var triggers = Join(Join(Join([], TriggerTarget.Subject, holding.Subject), TriggerTarget.Reference, holding.Reference), TriggerTarget.Customer, holding.Customer);
        var agreements = holding.Customer is { } customer && Agreements.TryGetValue(customer, out var agreed) ? agreed : [];
        var consents = Consents.Count > 0 && Consents.TryGetValue(holding.Subject, out var said) ? said : [];
        return triggers.Count == 0 && agreements.Count == 0 && consents.Count == 0 ? PlanFacts.None : new PlanFacts(triggers, agreements, []) { Consents = consents };
    }

    private IReadOnlyList<ToldTrigger> Join(IReadOnlyList<ToldTrigger> others, TriggerTarget meets, string? name) =>
        name is null || Triggers.Count == 0 || !Triggers.TryGetValue((meets, name), out var told) ? others : others.Count == 0 ? told : [.. others, .. told];
}

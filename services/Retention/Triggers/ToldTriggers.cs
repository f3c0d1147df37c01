using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Triggers;

/// <summary>What has been told about one subject, customer or reference: the first time of each trigger and purpose.</summary>
public sealed record ToldTriggers(ImmutableDictionary<(string Trigger, string? Purpose), DateTimeOffset> First)
{
    /// <summary>Streams <c>triggers-{id}</c>.</summary>
    public static Aggregate<ToldTriggers> Aggregate { get; } = new("triggers", new ToldTriggers(ImmutableDictionary<(string, string?), DateTimeOffset>.Empty), Evolve);

    public static ToldTriggers Evolve(ToldTriggers state, object @event) => @event switch
    {
        TriggerTold e => state.IsNew(e) ? new ToldTriggers(state.First.SetItem((e.Trigger, e.Purpose), e.At)) : state,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} is no event of triggers."),
    };

    /// <summary>Whether it says more than was told before: a trigger that has happened goes on having happened, from the earliest time told.</summary>
    public bool IsNew(TriggerTold told) => !First.TryGetValue((told.Trigger, told.Purpose), out var at) || told.At < at;
}

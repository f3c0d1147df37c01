using Integritet.Platform.EventStore;

namespace Integritet.Platform.Hosting;

/// <summary>One kind of stream: how its id is named, what it starts from and how its events fold.</summary>
/// <param name="Name">The stream's type, and the prefix of its id: <c>consent</c>.</param>
/// <param name="Initial">The state before the first event.</param>
/// <param name="Evolve">Pure; throws on an event it does not know.</param>
public sealed record Aggregate<TState>(string Name, TState Initial, Func<TState, object, TState> Evolve)
{
    /// <summary>The stream of one resource: <c>consent-0197…</c>.</summary>
    public string StreamOf(string id) => $"{Name}-{id}";

    /// <summary>Folds events onto a state.</summary>
    public TState Fold(TState state, IEnumerable<object> events) => events.Aggregate(state, Evolve);
}

/// <summary>Reading aggregates.</summary>
public static class AggregateExtensions
{
    /// <summary>One resource of a controller; version 0 where there is none. <paramref name="upToPosition"/> gives it as of a position of the log.</summary>
    public static Task<Loaded<TState>> LoadAsync<TState>(
        this EventStreams streams, Aggregate<TState> aggregate, string controller, string id, long upToPosition = long.MaxValue, CancellationToken cancellationToken = default) =>
        streams.LoadAsync(controller, aggregate.StreamOf(id), aggregate.Initial, aggregate.Evolve, upToPosition, cancellationToken);
}

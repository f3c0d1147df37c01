using Integritet.Platform.Hosting;

namespace Integritet.Retention.Holdings;

/// <summary>One holding, as far as commands on it need to know. One that was imported has its beginning in the import's stream.</summary>
public abstract record HoldingRecord
{
    private HoldingRecord() { }

    /// <summary>Streams <c>holding-{id}</c>.</summary>
    public static Aggregate<HoldingRecord> Aggregate { get; } = new("holding", new Unregistered(), Evolve);

    /// <summary>Nothing has happened in this stream.</summary>
    public sealed record Unregistered : HoldingRecord;

    /// <summary>It is held.</summary>
    public sealed record Registered(HeldData Data) : HoldingRecord;

    public static HoldingRecord Evolve(HoldingRecord state, object @event) => (state, @event) switch
    {
        (Unregistered, HoldingRegistered e) => new Registered(e.Data),
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}

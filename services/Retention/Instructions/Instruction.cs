using Integritet.Platform.Hosting;
using Integritet.Retention.Holdings;

namespace Integritet.Retention.Instructions;

/// <summary>One instruction's life after it was issued: confirmed, or failed, told again and at last escalated. What it says is in the event that issued it, with others' (<see cref="InstructionRegister"/>).</summary>
public abstract record Instruction
{
    private Instruction() { }

    /// <summary>Streams <c>instruction-{id}</c>.</summary>
    public static Aggregate<Instruction> Aggregate { get; } = new("instruction", new Open(1, Escalated: false), Evolve);

    /// <summary>Not confirmed yet.</summary>
    /// <param name="Attempt">How often its system has been told.</param>
    /// <param name="Escalated">Whether its deadline has passed.</param>
    public sealed record Open(int Attempt, bool Escalated) : Instruction
    {
        /// <summary>The failure its system reported since it was last told.</summary>
        public InstructionEvent.Failed? Failure { get; init; }
    }

    /// <summary>Done.</summary>
    /// <param name="Confirmed">When and with what evidence.</param>
    /// <param name="KeysDestroyed">Null while the record's keys are there.</param>
    public sealed record Closed(InstructionEvent.Confirmed Confirmed, InstructionEvent.KeysDestroyed? KeysDestroyed) : Instruction;

    public static Instruction Evolve(Instruction state, object @event) => (state, @event) switch
    {
        (Open, InstructionEvent.Confirmed e) => new Closed(e, KeysDestroyed: null),
        (Open open, InstructionEvent.Failed e) => open with { Failure = e },
        (Open open, InstructionEvent.Retried e) => open with { Attempt = e.Attempt, Failure = null },
        (Open open, InstructionEvent.Escalated) => open with { Escalated = true },
        (Closed closed, InstructionEvent.KeysDestroyed e) => closed with { KeysDestroyed = e },
        // What a moved holding has become is registered with the confirmation.
        (Closed closed, HoldingRegistered) => closed,
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on {state.GetType().Name}."),
    };
}

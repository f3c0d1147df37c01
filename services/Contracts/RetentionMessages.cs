namespace Integritet.Contracts;

/// <summary>
/// A system of record is told what to erase, anonymise or move. It answers over REST: <c>POST /v1/{controller}/instructions/{id}/confirmation</c> or <c>/failure</c>; <c>GET /v1/{controller}/instructions</c>
/// lists the same. Teams bind a queue of their own to this message's exchange. An instruction comes again until it is answered: doing it twice must be harmless.
/// </summary>
/// <param name="System">The system of record.</param>
/// <param name="Instructions">What it is to do.</param>
[ConsumedBy]
public sealed record SystemInstructed(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition, string System, IReadOnlyList<ToldInstruction> Instructions) : IStateMessage;

/// <summary>One instruction.</summary>
/// <param name="InstructionId">Names it in the answer.</param>
/// <param name="HoldingId">The holding, in Retention.</param>
/// <param name="Reference">The holding, as the system itself named it.</param>
/// <param name="Action"><c>erase</c>, <c>anonymise</c> or <c>move</c>.</param>
/// <param name="MoveTo">The system to move it to, for a move.</param>
/// <param name="Deadline">By when to answer; past it, people are told.</param>
public sealed record ToldInstruction(Guid InstructionId, Guid HoldingId, string Reference, string Action, string? MoveTo, DateTimeOffset Deadline);

/// <summary>A system of record is told to leave alone what it was instructed on before and has not done yet: a legal hold covers it now (LAW-17).</summary>
/// <param name="System">The system of record.</param>
/// <param name="InstructionIds">The instructions taken back.</param>
/// <param name="HoldId">The legal hold.</param>
[ConsumedBy]
public sealed record SystemRecalled(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition, string System, IReadOnlyList<Guid> InstructionIds, Guid HoldId) : IStateMessage;

using Integritet.Platform.Hosting;

namespace Integritet.Retention.Instructions;

/// <summary>A system of record could not do what it was told, and says why: it is told again later, and people once the deadline has passed.</summary>
public sealed record ReportFailure(string Reason)
{
    public sealed record Body(string Reason);

    public static Decided Decide(Instruction state, ReportFailure command, IssuedInstruction issued, Deadlines deadlines, DateTimeOffset now)
    {
        switch (state)
        {
            case Instruction.Closed:
                return Decided.Refuse(Problems.Conflict("This instruction is confirmed already: it has not failed."));
            case Instruction.Open when string.IsNullOrWhiteSpace(command.Reason):
                return Decided.Refuse(Problems.Unprocessable("A failure has a reason.", new ProblemError("Say what went wrong.", "/reason")));
            case Instruction.Open { Failure.Reason: { } before } when string.Equals(before, command.Reason, StringComparison.Ordinal):
                return Decided.Accept(StatusCodes.Status200OK);
            case Instruction.Open open:
                return Decided.Accept(StatusCodes.Status200OK, new InstructionEvent.Failed(
                    issued.InstructionId, issued.Subject, issued.System, open.Attempt, command.Reason, now, TellAgainAt(open, issued, deadlines, now)));
            default:
                throw new InvalidOperationException($"{state.GetType().Name} is no state of an instruction.");
        }
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/instructions/{id:guid}/failure", HandleAsync).RequireRoles(Roles.System).WithName("reportInstructionFailure").WithSummary("Reports that an instruction could not be carried out.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, Guid id, InstructionList instructions, Commands commands, Deadlines deadlines, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (await instructions.FindAsync(controller, id, http.RequestAborted) is not { } row || !http.Caller().MaySpeakFor(row.Issued.System))
            return ReadInstructions.NoSuchInstruction();
        if (row.Status == "recalled")
            return Problems.Conflict("This instruction is recalled: a legal hold covers the holding.");
        return await commands.RunAsync(
            http.Command().Concerning(row.Issued.Subject), Instruction.Aggregate, id.ToString(), state => Decide(state, new ReportFailure(body.Reason), row.Issued, deadlines, time.GetUtcNow()),
            answered => new InstructionResult(controller, id));
    }

    // No later than the deadline, so that it is escalated in time.
    private static DateTimeOffset TellAgainAt(Instruction.Open open, IssuedInstruction issued, Deadlines deadlines, DateTimeOffset now)
    {
        var after = now + deadlines.AfterFailure(open.Attempt);
        return now < issued.Deadline && issued.Deadline < after ? issued.Deadline : after;
    }
}

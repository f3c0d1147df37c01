using Integritet.Platform.Hosting;

namespace Integritet.Retention.Instructions;

/// <summary>An unanswered or failed instruction whose time has come is told again, and escalated once its deadline has passed. It is never given up.</summary>
public static class TellAgain
{
    /// <param name="state">The instruction.</param>
    /// <param name="issued">What it says.</param>
    /// <param name="deadlines">How soon it is told once more.</param>
    /// <param name="now">Now, which is past the time to tell it again.</param>
    public static Decided Decide(Instruction state, IssuedInstruction issued, Deadlines deadlines, DateTimeOffset now)
    {
        if (state is not Instruction.Open open)
            return Decided.Accept(StatusCodes.Status200OK);
        var retried = new InstructionEvent.Retried(issued, open.Attempt + 1, Next(issued, deadlines, now));
        return open.Escalated || now < issued.Deadline
            ? Decided.Accept(StatusCodes.Status200OK, retried)
            : Decided.Accept(StatusCodes.Status200OK, new InstructionEvent.Escalated(issued.InstructionId, issued.HoldingId, issued.System, issued.Deadline, now), retried);
    }

    // Before the deadline the next look is at the deadline; past it, daily.
    private static DateTimeOffset Next(IssuedInstruction issued, Deadlines deadlines, DateTimeOffset now) => now < issued.Deadline ? issued.Deadline : now + deadlines.BetweenReminders;
}

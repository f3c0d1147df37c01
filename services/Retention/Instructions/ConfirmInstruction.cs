using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;
using Integritet.Retention.Systems;
using Npgsql;

namespace Integritet.Retention.Instructions;

/// <summary>
/// A system of record has done what it was told, and says with what evidence. An erasure or anonymisation ends the holding; a move registers what the holding has become, under its own rules (LAW-5), in the same
/// transaction, and the erasure of what is left is instructed next.
/// </summary>
public sealed record ConfirmInstruction(string Evidence, string? NewSystem, string? NewReference)
{
    private const int MaxAttempts = 5;
    private const int MaxEvidenceLength = 1_000;

    public sealed record Body(string Evidence, string? NewSystem = null, string? NewReference = null);

    /// <summary>What a moved holding becomes.</summary>
    /// <param name="Successor">Its id and place.</param>
    /// <param name="Registered">Its registration; null where its system has registered it already.</param>
    public sealed record Moved(Successor Successor, HoldingRegistered? Registered);

    public static Decided Decide(Instruction state, ConfirmInstruction command, IssuedInstruction issued, Moved? moved, DateTimeOffset now)
    {
        if (state is Instruction.Closed)
            return Decided.Accept(StatusCodes.Status200OK);
        if (string.IsNullOrWhiteSpace(command.Evidence) || command.Evidence.Length > MaxEvidenceLength)
            return Decided.Refuse(Problems.Unprocessable("A confirmation comes with evidence.", new ProblemError($"A reference to the proof, of 1 to {MaxEvidenceLength} characters, without personal data.", "/evidence")));
        var confirmed = new InstructionEvent.Confirmed(issued.InstructionId, issued.HoldingId, issued.Subject, issued.Action, issued.System, command.Evidence, moved?.Successor, now);
        return moved?.Registered is { } registered ? Decided.Accept(StatusCodes.Status200OK, confirmed, registered) : Decided.Accept(StatusCodes.Status200OK, confirmed);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/instructions/{id:guid}/confirmation", HandleAsync).RequireRoles(Roles.System).WithName("confirmInstruction").WithSummary("Reports, with evidence, that an instruction has been carried out.");

    private static async Task<IResult> HandleAsync(
        HttpContext http, string controller, Guid id, InstructionList instructions, Moving moving, AtOnce atOnce, Commands commands, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (await instructions.FindAsync(controller, id, http.RequestAborted) is not { } row || !http.Caller().MaySpeakFor(row.Issued.System))
            return ReadInstructions.NoSuchInstruction();
        var confirm = new ConfirmInstruction(body.Evidence, body.NewSystem, body.NewReference);
        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var (moved, problem) = row.Status == "confirmed" ? (null, null) : await moving.MovedAsync(controller, row.Issued, confirm, http.RequestAborted);
            if (problem is not null)
                return problem;
            try
            {
                var result = await commands.RunAsync(
                    http.Command().Concerning(row.Issued.Subject), Instruction.Aggregate, id.ToString(), state => Decide(state, confirm, row.Issued, moved, time.GetUtcNow()),
                    answered => new ConfirmationResult(controller, answered));
                if (result is ConfirmationResult && row.Issued.Action == InstructionAction.Move)
                    await atOnce.IssueAsync(controller, http.RequestAborted);
                return result;
            }
            catch (EventStoreRejectedException) when (attempt < MaxAttempts)
            {
                // Somebody registered the successor's key in between: it is read again.
            }
        }

        return Problems.Unavailable("Others register the same reference just now.", retryAfterSeconds: 1);
    }
}

/// <summary>Finds out what a moved holding becomes.</summary>
public sealed class Moving(NpgsqlDataSource database, FactReader reader, SystemRegister systems, PolicyVersions policies, TimeProvider time)
{
    private const int MaxReferenceLength = 500;

    /// <summary>What it becomes, or why the confirmation cannot be taken. Neither for an instruction that moves nothing.</summary>
    public async Task<(ConfirmInstruction.Moved? Moved, Problem? Problem)> MovedAsync(string controller, IssuedInstruction issued, ConfirmInstruction confirm, CancellationToken cancellationToken)
    {
        if (issued.Action != InstructionAction.Move)
            return (null, confirm.NewSystem is null && confirm.NewReference is null ? null : NotTaken([new ProblemError("Only a move has a new place.", confirm.NewSystem is null ? "/newReference" : "/newSystem")]));
        if (policies.InForce(controller, time.GetUtcNow()) is not { } policy)
            return (null, PolicyVersions.NoSuchController());
        if (await HoldingRow.ReadAsync(database, HoldingRow.ByIds(controller, [issued.HoldingId]), cancellationToken) is not [var old])
            throw new InvalidOperationException("A holding that was instructed has no row.");
        var data = old.Data with { System = confirm.NewSystem ?? issued.MoveTo ?? "", Reference = confirm.NewReference ?? "", Relevant = false };
        var (facts, held) = await reader.ReadWithHeldAsync(controller, [data], cancellationToken);
        return Of(controller, issued, data, held.GetValueOrDefault((data.System, data.Reference)), facts, policy, systems.Find(controller, policy, data.System));
    }

    /// <summary>Pure.</summary>
    internal static (ConfirmInstruction.Moved? Moved, Problem? Problem) Of(
        string controller, IssuedInstruction issued, HeldData data, HoldingRow? held, KnownFacts facts, PolicyVersion policy, RegisteredSystem? system)
    {
        if (string.IsNullOrWhiteSpace(data.Reference) || data.Reference.Length > MaxReferenceLength)
            return (null, NotTaken([new ProblemError($"Say what the new system calls it, in 1 to {MaxReferenceLength} characters.", "/newReference")]));
        if (system is null)
            return (null, NotTaken([new ProblemError("No system of record is registered under this name.", "/newSystem")]));
        if (held is { IsGone: false })
        {
            return held.Data.Subject == data.Subject && held.HoldingId != issued.HoldingId
                ? (new ConfirmInstruction.Moved(new Successor(held.HoldingId, data.System, data.Reference), Registered: null), null)
                : (null, Problems.Conflict("Something else is held under this reference.", new ProblemError("The new system has this reference for other data.", "/newReference")));
        }

        var known = facts.Of(data);
        var refusals = HoldingChecks.Refusals(data, known, policy, system).ToArray();
        if (refusals.Length > 0)
            return (null, NotTaken([.. refusals.Select(refusal => refusal with { Pointer = "/newSystem" })]));
        var plan = Plan.Of(data, known, policy);
        if (HoldingChecks.EndlessFault(plan) is { } endless)
            return (null, NotTaken([endless with { Pointer = "/newSystem" }]));
        var id = InstructionId.OfSuccessor(controller, issued.HoldingId);
        var registered = new HoldingRegistered(id, (held?.Generation ?? 0) + 1, data, plan.Told, policy.Version, facts.Position);
        return (new ConfirmInstruction.Moved(new Successor(id, data.System, data.Reference), registered), null);
    }

    private static Problem NotTaken(ProblemError[] faults) => Problems.Unprocessable("The confirmation cannot be taken.", faults);
}

/// <summary>The answer to a confirmation, the same each time.</summary>
internal sealed class ConfirmationResult(string controller, Answered<Instruction> answered) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        var confirmed = ((Instruction.Closed)answered.State).Confirmed;
        httpContext.SetETag(answered.Version);
        var next = confirmed.Action == InstructionAction.Move ? new Next(InstructionId.Of(controller, confirmed.HoldingId, InstructionAction.Erase), InstructionAction.Erase.Written()) : null;
        var body = new Body(confirmed.InstructionId, confirmed.HoldingId, confirmed.Action.Written(), "confirmed", confirmed.Evidence, confirmed.ConfirmedAt, confirmed.Successor, next);
        return Results.Json(body, JsonText.Options, statusCode: answered.Status).ExecuteAsync(httpContext);
    }

    /// <param name="Successor">Where a moved holding is now.</param>
    /// <param name="Next">What is instructed next, unless a legal hold keeps it.</param>
    public sealed record Body(Guid InstructionId, Guid HoldingId, string Action, string Status, string Evidence, DateTimeOffset ConfirmedAt, Successor? Successor, Next? Next);

    public sealed record Next(Guid InstructionId, string Action);
}

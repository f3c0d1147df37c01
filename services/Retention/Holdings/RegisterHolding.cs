using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Retention.Instructions;
using Integritet.Retention.Plans;
using Integritet.Retention.Systems;

namespace Integritet.Retention.Holdings;

/// <summary>A system of record says what it holds about somebody. System and reference are the key: the same again changes nothing, other content under the same key is refused.</summary>
public sealed record RegisterHolding(Guid HoldingId, HoldingBody Body, HeldData Data)
{
    // Two callers that register one key at a time: the loser finds the winner's row.
    private const int MaxAttempts = 5;

    /// <summary>What a decision rests on.</summary>
    public sealed record Known(HoldingRow? Held, PlanFacts Facts, long Position, PolicyVersion Policy, RegisteredSystem? System, DateTimeOffset Now);

    public static Decided Decide(RegisterHolding command, Known known)
    {
        if (known.Held is { IsGone: false } held)
        {
            return held.Data.SaysTheSameAs(command.Data, command.Body.RecordedAt is not null)
                ? Decided.Accept(StatusCodes.Status201Created)
                : Decided.Refuse(Problems.Conflict("Something else is held under this reference.", new ProblemError($"Holding {held.HoldingId} has it with other content.", "/reference")));
        }

        var faults = new List<ProblemError>();
        HoldingChecks.AddFaults(faults, command.Body, known.Policy, known.System, known.Now);
        if (faults.Count == 0)
            faults.AddRange(HoldingChecks.Refusals(command.Data, known.Facts, known.Policy, known.System!));
        if (faults.Count > 0)
            return Decided.Refuse(NotTaken(faults));
        var plan = Plan.Of(command.Data, known.Facts, known.Policy);
        return HoldingChecks.EndlessFault(plan) is { } endless
            ? Decided.Refuse(NotTaken([endless]))
            : Decided.Accept(StatusCodes.Status201Created, new HoldingRegistered(
                command.HoldingId, (known.Held?.Generation ?? 0) + 1, command.Data, plan.Told, known.Policy.Version, known.Position));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/holdings", HandleAsync).RequireRoles(Roles.System).WithName("registerHolding").WithSummary("Registers something that a system of record holds about a person.");

    internal static Problem NotTaken(IReadOnlyList<ProblemError> faults) => Problems.Unprocessable("The holding cannot be registered.", [.. faults]);

    private static async Task<IResult> HandleAsync(
        HttpContext http, Commands commands, FactReader reader, SystemRegister systems, PolicyVersions policies, Pseudonyms pseudonyms, AtOnce atOnce, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<HoldingBody>();
        var faults = new List<ProblemError>();
        if (body.ToHeld(command.Controller, pseudonyms, clock.GetUtcNow(), faults) is not { } data)
            return NotTaken(faults);
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        if (!command.Caller.MaySpeakFor(body.System))
            return Problems.Forbidden("The credential does not speak for this system.", new ProblemError("Another system's holdings are that system's to register.", "/system"));

        for (var attempt = 1; attempt <= MaxAttempts; attempt++)
        {
            var (facts, held) = await reader.ReadWithHeldAsync(command.Controller, [data], http.RequestAborted);
            var known = new Known(held.GetValueOrDefault((data.System, data.Reference)), facts.Of(data), facts.Position, policy, systems.Find(command.Controller, policy, body.System), clock.GetUtcNow());
            var id = known.Held is { IsGone: false } same ? same.HoldingId : Guid.CreateVersion7();
            var decided = Decide(new RegisterHolding(id, body, data), known);
            try
            {
                var result = await commands.RunAsync(
                    command.Concerning(data.Subject), HoldingRecord.Aggregate, id.ToString(), _ => decided,
                    answered => new HoldingAnswer(answered.Status, command.Controller, Guid.Parse(answered.ResourceId)), isNew: known.Held is not { IsGone: false });
                // Its rule wants it moved at once (NI-7). Should this not be reached, the leader sees to it.
                if (decided is Decided.Accepted { Events: [HoldingRegistered { IsInstructedAtOnce: true }] })
                    await atOnce.IssueAsync(command.Controller, http.RequestAborted);
                return result;
            }
            catch (EventStoreRejectedException) when (attempt < MaxAttempts)
            {
                // Somebody registered the key in between: it is read again.
            }
        }
        return Problems.Unavailable("Others register the same reference just now.", retryAfterSeconds: 1);
    }
}

using Integritet.Platform.Hosting;

namespace Integritet.Retention.LegalHolds;

/// <summary>An officer releases a legal hold: what fell due meanwhile, and no other hold covers, is in the next run.</summary>
public sealed record ReleaseLegalHold(string Reason)
{
    public sealed record Body(string Reason);

    public static Decided Decide(LegalHold state, ReleaseLegalHold command, DateTimeOffset now) => state switch
    {
        LegalHold.InForce when string.IsNullOrWhiteSpace(command.Reason) =>
            Decided.Refuse(Problems.Unprocessable("A legal hold is released for a reason.", new ProblemError("Say why.", "/reason"))),
        LegalHold.InForce held => Decided.Accept(StatusCodes.Status200OK, new LegalHoldEvent.Released(held.Placed.HoldId, held.Placed.Whose, command.Reason, now)),
        LegalHold.Ended => Decided.Accept(StatusCodes.Status200OK),
        _ => Decided.Refuse(LegalHoldAnswer.NoSuchHold()),
    };

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/retention/legal-holds/{id:guid}/release", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("releaseLegalHold").WithSummary("Releases a legal hold.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, Guid id, Commands commands, CaseHoldList cases, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (await cases.FindAsync(controller, id, http.RequestAborted) is { ReleasedAt: null } held)
            return Problems.Conflict($"This hold is case {held.Case}: it ends when the case is closed.");
        return await commands.RunAsync(
            http.Command(), LegalHold.Aggregate, id.ToString(), state => Decide(state, new ReleaseLegalHold(body.Reason), time.GetUtcNow()), answered => LegalHoldAnswer.Of(http, answered),
            concerns: hold => hold.Subjects);
    }
}

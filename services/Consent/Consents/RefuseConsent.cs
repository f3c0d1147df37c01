using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;

namespace Integritet.Consent.Consents;

/// <summary>A person says no to purposes, themselves or by a Global Privacy Control signal of their browser, which stands for the purposes the policy lists for it.</summary>
public sealed record RefuseConsent(Statement Statement)
{
    public sealed record Body(NamedSubject Subject, string Method, IReadOnlyList<string>? Purposes = null, string? Language = null, EvidenceBody? Evidence = null);

    public static Decided Decide(ConsentRecord state, RefuseConsent command, PolicyVersion policy, DateTimeOffset now)
    {
        if (state is not ConsentRecord.Unrecorded)
            return Decided.Accept(StatusCodes.Status201Created);
        var statement = command.Statement;
        var faults = StatementChecks.Faults(statement, policy, now);
        var bySignal = statement.Method == "gpc";
        if (!bySignal && statement.Purposes.Count == 0)
            faults.Add(new ProblemError("At least one purpose is refused.", "/purposes"));
        if (faults.Count > 0)
            return Decided.Refuse(Problems.Unprocessable("The refusal cannot be recorded.", [.. faults]));

        var purposes = (bySignal ? statement.Purposes.Union(policy.Document.RefusedByGpc, StringComparer.Ordinal) : statement.Purposes).Select(p => StatedPurpose.Under(policy, p));
        return Decided.Accept(StatusCodes.Status201Created, new ConsentEvent.Refused(
            statement.ConsentId, statement.Subject, [.. purposes], statement.Method, statement.Language, statement.Evidence, policy.Version, policy.Hash));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/consents/refusals", HandleAsync).RequireRoles(Roles.System, Roles.Subject)
            .WithSummary("Records that somebody refused.");

    private static async Task<IResult> HandleAsync(HttpContext http, Speakers speakers, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        return await speakers.HearAsync(
            command, body.Subject,
            (consentId, subject, policy) =>
            {
                var refuse = new RefuseConsent(new Statement(
                    consentId, subject, body.Purposes ?? [], body.Method, body.Language ?? policy.Document.Controller.Languages[0], body.Evidence?.ToEvidence()));
                return state => Decide(state, refuse, policy, clock.GetUtcNow());
            },
            Answer.Of);
    }

    /// <summary>The answer: a record like that of a consent.</summary>
    public sealed record Answer(Guid ConsentId, ConsentStatus Status, int PolicyVersion, IReadOnlyList<StatedPurpose> Purposes, DateTimeOffset RefusedAt)
    {
        public static object Of(ConsentView view) =>
            new Answer(view.ConsentId, view.Status, view.PolicyVersion, [.. view.Purposes.Select(p => new StatedPurpose(p.Purpose, p.Effect))], view.RefusedAt!.Value);
    }
}

using Integritet.Consent.Subjects;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
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

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies, Pseudonyms pseudonyms, LinkSets links, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        var faults = new List<ProblemError>();
        if (body.Subject.PseudonymAt(command.Controller, pseudonyms, "/subject", faults) is not { } subject)
            return Problems.Unprocessable("The subject cannot be named so.", [.. faults]);
        if (!await links.MayConcernAsync(command.Caller, command.Controller, subject, http.RequestAborted))
            return Problems.Forbidden("A person speaks only for themselves.");
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();

        var consentId = Guid.CreateVersion7();
        var refuse = new RefuseConsent(new Statement(consentId, subject, body.Purposes ?? [], body.Method, body.Language ?? policy.Document.Controller.Languages[0], body.Evidence?.ToEvidence()));
        return await commands.RunAsync(
            command.Concerning(subject), ConsentRecord.Aggregate, consentId.ToString(),
            state => Decide(state, refuse, policy, clock.GetUtcNow()),
            answered => new ConsentAnswer(answered.Status, command.Controller, answered.ResourceId, Answer.Of), isNew: true);
    }

    /// <summary>The answer: a record like that of a consent.</summary>
    public sealed record Answer(Guid ConsentId, ConsentStatus Status, int PolicyVersion, IReadOnlyList<StatedPurpose> Purposes, DateTimeOffset RefusedAt)
    {
        public static object Of(ConsentView view) =>
            new Answer(view.ConsentId, view.Status, view.PolicyVersion, [.. view.Purposes.Select(p => new StatedPurpose(p.Purpose, p.Effect))], view.RefusedAt!.Value);
    }
}

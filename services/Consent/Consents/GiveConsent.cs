using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Consents;

/// <summary>A person agrees to purposes, under the policy version in force.</summary>
public sealed record GiveConsent(Statement Statement, DateTimeOffset? ExpiresAt)
{
    public sealed record Body(NamedSubject Subject, IReadOnlyList<string> Purposes, string Method, string Language, EvidenceBody Evidence, DateTimeOffset? ExpiresAt = null);

    public static Decided Decide(ConsentRecord state, GiveConsent command, PolicyVersion policy, DateTimeOffset now)
    {
        if (state is not ConsentRecord.Unrecorded)
            return Decided.Accept(StatusCodes.Status201Created);
        var statement = command.Statement;
        var evidence = statement.Evidence ?? throw new ArgumentException("A consent comes with its evidence.", nameof(command));
        var faults = StatementChecks.Faults(statement, policy, now);
        if (statement.Purposes.Count == 0)
            faults.Add(new ProblemError("Consent is given to at least one purpose.", "/purposes"));
        if (statement.Method == "gpc")
            faults.Add(new ProblemError("A privacy signal gives no consent; it is recorded as a refusal.", "/method"));
        if (command.ExpiresAt <= now)
            faults.Add(new ProblemError("A consent expires in the future.", "/expiresAt"));
        if (faults.Count == 0)
            faults.AddRange(Unmet(policy, statement, evidence));
        if (faults.Count > 0)
            return Decided.Refuse(Problems.Unprocessable("The consent cannot be recorded.", [.. faults]));

        var purposes = statement.Purposes.Select(p => StatedPurpose.Under(policy, p)).ToArray();
        return Decided.Accept(StatusCodes.Status201Created, new ConsentEvent.Given(
            statement.ConsentId, statement.Subject, purposes, statement.Method, statement.Language, evidence, command.ExpiresAt, policy.Version, policy.Hash));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/consents", HandleAsync).RequireRoles(Roles.System, Roles.Subject)
            .WithSummary("Records a consent.");

    // What the policy itself asks of a consent (BG-1, DV-11).
    private static IEnumerable<ProblemError> Unmet(PolicyVersion policy, Statement statement, Evidence evidence) =>
        from reason in policy.Compiled.CheckConsent(statement.Purposes, statement.Method, [.. evidence.Qualities.Select(q => q.Quality)])
        select new ProblemError(reason.Text, reason.Code == ReasonCode.QualityMissing ? "/evidence/qualities" : "/method", reason.Code.Written(), reason.Rule);

    private static async Task<IResult> HandleAsync(HttpContext http, Speakers speakers, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        return await speakers.HearAsync(
            command, body.Subject,
            (consentId, subject, policy) =>
            {
                var give = new GiveConsent(new Statement(consentId, subject, body.Purposes, body.Method, body.Language, body.Evidence.ToEvidence()), body.ExpiresAt);
                return state => Decide(state, give, policy, clock.GetUtcNow());
            },
            Answer.Of);
    }

    /// <summary>The answer of api.md.</summary>
    public sealed record Answer(Guid ConsentId, ConsentStatus Status, int PolicyVersion, IReadOnlyList<StatedPurpose> Purposes, DateTimeOffset GivenAt, DateTimeOffset? ExpiresAt)
    {
        public static object Of(ConsentView view) =>
            new Answer(view.ConsentId, ConsentStatus.Given, view.PolicyVersion, [.. view.Purposes.Select(p => new StatedPurpose(p.Purpose, p.Effect))], view.GivenAt!.Value, view.ExpiresAt);
    }
}

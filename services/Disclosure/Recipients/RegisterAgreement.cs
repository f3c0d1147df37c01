using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Disclosure.Recipients;

/// <summary>A recipient has signed an agreement. Which ones it may sign, and in which order, the policy says (PA-5, PA-6).</summary>
public sealed record RegisterAgreement(Guid AgreementId, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt, string Reference)
{
    // Clocks of calling systems may be a little ahead (clauses.md, Dates).
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromMinutes(5);

    public sealed record Body(string Type, DateTimeOffset SignedAt, string Reference, DateTimeOffset? ExpiresAt = null);

    public static Decided Decide(Recipient state, RegisterAgreement command, PolicyVersion policy, DateTimeOffset now)
    {
        if (state is not Recipient.Registered recipient)
            return Decided.Refuse(ReadRecipients.NoSuchRecipient());
        if (recipient.Agreements.Exists(command.IsOnRecordAs))
            return Decided.Accept(StatusCodes.Status201Created);
        var faults = Faults(command, now).ToList();
        if (faults.Count == 0)
            faults.AddRange(policy.Document.Agreements.Where(rule => rule.Type == command.Type && rule.Recipients.Contains(recipient.Kind, StringComparer.Ordinal)).SelectMany(rule => Broken(rule, recipient, command)));
        return faults.Count > 0
            ? Decided.Refuse(Problems.Unprocessable("The agreement cannot be registered.", [.. faults]))
            : Decided.Accept(StatusCodes.Status201Created, new RecipientEvent.AgreementRegistered(
                command.AgreementId, recipient.Id, recipient.Kind, command.Type, command.SignedAt, command.ExpiresAt, command.Reference, policy.Version));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/recipients/{id:guid}/agreements", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("registerAgreement").WithSummary("Registers an agreement that a recipient has signed.").Accepts<Body>("application/json").Produces<AgreementView>(StatusCodes.Status201Created);

    // The same paper, registered again, has its effect already.
    private bool IsOnRecordAs(Agreement agreement) =>
        agreement.Type == Type && agreement.SignedAt == SignedAt && agreement.ExpiresAt == ExpiresAt && agreement.Reference == Reference;

    private Guid OnRecordIn(Recipient state) => ((Recipient.Registered)state).Agreements.First(IsOnRecordAs).Id;

    private static IEnumerable<ProblemError> Faults(RegisterAgreement command, DateTimeOffset now)
    {
        if (!Vocabulary.Agreements.Contains(command.Type, StringComparer.Ordinal))
            yield return new ProblemError($"A type of agreement is one of {string.Join(", ", Vocabulary.Agreements)}.", "/type");
        if (command.SignedAt > now + ClockTolerance)
            yield return new ProblemError("An agreement is registered once it is signed.", "/signedAt");
        if (command.ExpiresAt <= command.SignedAt)
            yield return new ProblemError("An agreement ends after it was signed.", "/expiresAt");
        if (string.IsNullOrWhiteSpace(command.Reference))
            yield return new ProblemError("The reference says where the paper is kept.", "/reference");
    }

    private static IEnumerable<ProblemError> Broken(AgreementRule rule, Recipient.Registered recipient, RegisterAgreement command)
    {
        if (!rule.MayEnd && command.ExpiresAt is not null)
            yield return new ProblemError($"This agreement of a recipient of kind {recipient.Kind} has no end.", "/expiresAt", ReasonCode.AgreementEnds.Written(), rule.Clause);
        if (rule.After is { } before && !recipient.Agreements.Exists(a => a.Type == before && a.InForceAt(command.SignedAt)))
            yield return new ProblemError($"An agreement of type {before} is signed before, and in force.", "/type", ReasonCode.AgreementOrder.Written(), rule.Clause);
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, PolicyVersions policies, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (policies.InForce(command.Controller, clock.GetUtcNow()) is not { } policy)
            return PolicyVersions.NoSuchController();
        var register = new RegisterAgreement(Guid.CreateVersion7(), body.Type, body.SignedAt, body.ExpiresAt, body.Reference);
        return await commands.RunAsync(
            command, Recipient.Aggregate, id.ToString(), state => Decide(state, register, policy, clock.GetUtcNow()),
            answered => new RecipientAnswer(answered, command.Controller, view => view.Agreements.Single(a => a.AgreementId == register.OnRecordIn(answered.State))));
    }
}

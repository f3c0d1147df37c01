using Integritet.Consent.Subjects;
using Integritet.Platform.Hosting;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Consents;

/// <summary>A person takes back a consent, for some of its purposes or (with none named) for all: one call, as easy as giving it (LAW-7).</summary>
public sealed record WithdrawConsent(Guid ConsentId, string Method, IReadOnlyList<string>? Purposes)
{
    public sealed record Body(string Method, IReadOnlyList<string>? Purposes = null);

    /// <param name="mayConcern">Whether the caller may act on the person whose record it is.</param>
    public static Decided Decide(ConsentRecord state, WithdrawConsent command, bool mayConcern)
    {
        switch (state)
        {
            case ConsentRecord.Given given when mayConcern:
                return Withdraw(given, command);
            case ConsentRecord.Refused when mayConcern:
                return Decided.Refuse(Problems.Conflict("This record is a refusal: there is no consent to withdraw."));
            default:
                // Somebody else's record is none of the caller's, so it is not told apart from none at all.
                return Decided.Refuse(Problems.NotFound("There is no such consent."));
        }
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/consents/{id:guid}/withdrawal", HandleAsync).RequireRoles(Roles.System, Roles.Subject)
            .WithSummary("Withdraws a consent, whole or for some purposes.");

    private static Decided Withdraw(ConsentRecord.Given given, WithdrawConsent command)
    {
        var faults = Faults(given, command).ToArray();
        if (faults.Length > 0)
            return Decided.Refuse(Problems.Unprocessable("The withdrawal cannot be recorded.", faults));
        var purposes = (command.Purposes ?? given.Purposes).Distinct(StringComparer.Ordinal).Except(given.Withdrawn, StringComparer.Ordinal).ToArray();
        return purposes.Length == 0
            ? Decided.Accept(StatusCodes.Status200OK)
            : Decided.Accept(StatusCodes.Status200OK, new ConsentEvent.Withdrawn(command.ConsentId, given.Subject, purposes, command.Method));
    }

    private static IEnumerable<ProblemError> Faults(ConsentRecord.Given given, WithdrawConsent command)
    {
        if (!Vocabulary.ConsentMethods.Contains(command.Method, StringComparer.Ordinal))
            yield return new ProblemError($"A method is one of {string.Join(", ", Vocabulary.ConsentMethods)}.", "/method");
        if (command.Purposes is { Count: 0 })
            yield return new ProblemError("Name the purposes, or leave them out to withdraw the whole consent.", "/purposes");
        for (var i = 0; i < command.Purposes?.Count; i++)
            if (!given.Purposes.Contains(command.Purposes[i], StringComparer.Ordinal))
                yield return new ProblemError("This consent was not given to such a purpose.", $"/purposes/{i}");
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, ConsentHistory history, LinkSets links, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        var first = await history.ReadAsync(command.Controller, id, long.MaxValue, http.RequestAborted);
        if (first.Count == 0)
            return Problems.NotFound("There is no such consent.");
        var withdraw = new WithdrawConsent(id, body.Method, body.Purposes);
        var subject = ConsentView.Of(first, clock.GetUtcNow()).Subject;
        var mayConcern = await links.MayConcernAsync(command.Caller, command.Controller, subject, http.RequestAborted);
        return await commands.RunAsync(
            command.Concerning(subject), ConsentRecord.Aggregate, id.ToString(),
            state => Decide(state, withdraw, mayConcern),
            answered => new ConsentAnswer(answered.Status, command.Controller, answered.ResourceId, view => Answer.Of(view, withdraw)));
    }

    /// <summary>The answer of api.md, the same each time: the instant is that of the withdrawal of the purposes asked.</summary>
    public sealed record Answer(Guid ConsentId, ConsentStatus Status, DateTimeOffset WithdrawnAt, IReadOnlyList<PurposeView> Purposes)
    {
        public static object Of(ConsentView view, WithdrawConsent withdraw)
        {
            var all = view.Purposes.All(p => p.WithdrawnAt is not null);
            var asked = view.Purposes.Where(p => withdraw.Purposes is null || withdraw.Purposes.Contains(p.Purpose, StringComparer.Ordinal));
            return new Answer(view.ConsentId, all ? ConsentStatus.Withdrawn : ConsentStatus.PartlyWithdrawn, asked.Max(p => p.WithdrawnAt)!.Value, view.Purposes);
        }
    }
}

using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Decisions;

/// <summary>"May I?", asked by a system or an officer, answered and recorded. With <c>at</c>, an auditor or officer asks what the answer was then; that is not recorded.</summary>
public static class MakeDecision
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/decisions", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithSummary("\"May I?\" Answered and recorded; with at, as of then.");

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, Decider decider, Pseudonyms pseudonyms)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<QuestionBody>();
        if (NotFor(command.Caller, body) is { } forbidden)
            return forbidden;
        var faults = new List<ProblemError>();
        if (body.Normalise(command.Controller, pseudonyms, "", faults) is not { } question)
            return Decider.NotUnderstood(faults);

        http.NoteSubjects(question.Subjects);
        if (body.At is { } at)
            return await AnswerAsOfAsync(command, decider, question, at);
        var answers = await decider.AnswerAsync(command.Controller, [question], _ => "", http.RequestAborted);
        return await commands.RunAsync(
            command.Concerning(question.Subjects), DecisionRecord.Aggregate, Guid.CreateVersion7().ToString(),
            _ => Record(answers),
            answered => Results.Json(DecisionView.Of(new DecisionId(Guid.Parse(answered.ResourceId), Place: null), answered.State.Decisions[0]), JsonText.Options), isNew: true);
    }

    internal static Decided Record(Answers answers) => answers switch
    {
        Answers.Made made => Decided.Accept(StatusCodes.Status200OK, made.Decisions),
        Answers.Refused refused => Decided.Refuse(refused.Problem),
        _ => throw new InvalidOperationException($"{answers.GetType()} is no answer."),
    };

    private static Problem? NotFor(Caller caller, QuestionBody body) => (body.At, caller) switch
    {
        (null, _) when caller.Has(Roles.System) || caller.Has(Roles.Officer) => null,
        (not null, _) when caller.Has(Roles.Auditor) || caller.Has(Roles.Officer) => null,
        (null, _) => Problems.Forbidden("An auditor asks as of an instant: name it in at."),
        _ => Problems.Forbidden("Only an auditor or officer asks as of an instant.", new ProblemError("Leave it out.", "/at")),
    };

    private static async Task<IResult> AnswerAsOfAsync(CommandContext command, Decider decider, RecordedQuestion question, DateTimeOffset at) =>
        await decider.AnswerAsOfAsync(command.Controller, question, at, command.Http.RequestAborted) switch
        {
            Answers.Made made => Results.Json(DecisionView.Of(id: null, made.Decisions[0]), JsonText.Options),
            Answers.Refused refused => refused.Problem,
            var other => throw new InvalidOperationException($"{other.GetType()} is no answer."),
        };
}

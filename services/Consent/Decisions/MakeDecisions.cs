using System.Globalization;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Decisions;

/// <summary>Many questions at once: one read of facts, one append. Either all are answered, or none.</summary>
public static class MakeDecisions
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/decisions/batch", HandleAsync).RequireRoles(Roles.System, Roles.Officer)
            .WithSummary("Up to a thousand questions at once.");

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, Decider decider, Pseudonyms pseudonyms)
    {
        var command = http.Command();
        var bodies = await http.ReadBodyAsync<IReadOnlyList<QuestionBody>>();
        var faults = new List<ProblemError>();
        var questions = Normalise(bodies, command.Controller, pseudonyms, faults);
        if (faults.Count > 0)
            return Decider.NotUnderstood(faults);

        http.NoteSubjects(questions.SelectMany(q => q.Subjects));
        var answers = await decider.AnswerAsync(command.Controller, questions, Pointer, http.RequestAborted);
        return await commands.RunAsync(
            command, DecisionRecord.Aggregate, Guid.CreateVersion7().ToString(), _ => MakeDecision.Record(answers),
            answered => Results.Json(Views(Guid.Parse(answered.ResourceId), answered.State), JsonText.Options), isNew: true);
    }

    private static List<RecordedQuestion> Normalise(IReadOnlyList<QuestionBody> bodies, string controller, Pseudonyms pseudonyms, List<ProblemError> faults)
    {
        var questions = new List<RecordedQuestion>(bodies.Count);
        if (bodies.Count == 0)
            faults.Add(new ProblemError("Ask at least one question.", ""));
        for (var i = 0; i < bodies.Count; i++)
        {
            if (bodies[i].At is not null)
                faults.Add(new ProblemError("What was answered then is asked one question at a time.", $"{Pointer(i)}/at"));
            if (bodies[i].Normalise(controller, pseudonyms, Pointer(i), faults) is { } question)
                questions.Add(question);
        }
        return questions;
    }

    private static string Pointer(int place) => string.Create(CultureInfo.InvariantCulture, $"/{place}");

    private static DecisionView[] Views(Guid request, DecisionRecord record) =>
        [.. record.Decisions.Select((made, i) => DecisionView.Of(new DecisionId(request, i + 1), made))];
}

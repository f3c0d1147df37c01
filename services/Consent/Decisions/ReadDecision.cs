using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Decisions;

/// <summary>A decision as it was recorded.</summary>
public static class ReadDecision
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/decisions/{id}", HandleAsync).RequireRoles(Roles.Auditor, Roles.Officer)
            .WithSummary("A decision as it was recorded.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, string id, EventStreams streams)
    {
        if (await FindAsync(http, streams, controller, id) is not { } found)
            return NoSuchDecision();
        return Results.Json(DecisionView.Of(found.Id, found.Made), JsonText.Options);
    }

    internal static Problem NoSuchDecision() => Problems.NotFound("There is no such decision.");

    internal static async Task<(DecisionId Id, DecisionMade Made)?> FindAsync(HttpContext http, EventStreams streams, string controller, string id)
    {
        if (!DecisionId.TryParse(id, out var parsed))
            return null;
        var record = await streams.LoadAsync(DecisionRecord.Aggregate, controller, parsed.Request.ToString(), cancellationToken: http.RequestAborted);
        var place = parsed.Place ?? 1;
        if (place > record.State.Decisions.Count)
            return null;
        var made = record.State.Decisions[place - 1];
        http.NoteSubjects(made.Question.Subjects);
        return (parsed, made);
    }
}

using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Cases;

/// <summary>An officer closes a case, for good.</summary>
public sealed record CloseCase(Guid CaseId, string Text)
{
    public sealed record Body(string Text);

    public static Decided Decide(CaseRecord state, CloseCase command)
    {
        if (state is not CaseRecord.Opened opened)
            return Decided.Refuse(ReadCases.NoSuchCase());
        if (string.IsNullOrWhiteSpace(command.Text))
            return Decided.Refuse(Problems.Unprocessable("The case cannot be closed.", new ProblemError("Say what came of it.", "/text")));
        return opened.Closed
            ? Decided.Accept(StatusCodes.Status200OK)
            : Decided.Accept(StatusCodes.Status200OK, new CaseEvent.Closed(command.CaseId, opened.Reference, opened.Kind, command.Text, opened.Limited));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/cases/{id}/closure", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("closeCase").WithSummary("Closes a case.").Accepts<Body>("application/json").Produces<CaseView>();

    private static async Task<IResult> HandleAsync(HttpContext http, string id, Commands commands, CaseList cases)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>();
        if (await cases.FindAsync(command.Controller, id, http.RequestAborted) is not { } found)
            return ReadCases.NoSuchCase();
        var close = new CloseCase(found.CaseId, body.Text);
        return await commands.RunAsync(
            command, CaseRecord.Aggregate, found.CaseId.ToString(), state => Decide(state, close), answered => new CaseAnswer(answered, command.Controller));
    }
}

using System.Globalization;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.Instructions;

/// <summary>
/// <c>GET /v1/{controller}/instructions?system=&amp;status=</c>: what a system of record is told, for those who speak for it; another system's is 404. <c>GET /v1/{controller}/retention/overdue</c>: what no system
/// has confirmed by its deadline, for people.
/// </summary>
public static class ReadInstructions
{
    private static readonly Dictionary<string, string[]> Statuses = new(StringComparer.Ordinal)
    {
        ["open"] = ["issued", "failed"], ["issued"] = ["issued"], ["failed"] = ["failed"], ["confirmed"] = ["confirmed"], ["recalled"] = ["recalled"],
    };

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/instructions", ListAsync).RequireRoles(Roles.System).WithName("listInstructions").WithSummary("What the caller's systems of record are told to do.");
        app.MapGet("/v1/{controller}/instructions/{id:guid}", ShowAsync).RequireRoles(Roles.System).WithName("getInstruction").WithSummary("One instruction to a system of the caller's.");
        app.MapGet("/v1/{controller}/retention/overdue", OverdueAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listOverdueInstructions").WithSummary("Instructions past their deadline that no system has confirmed.");
    }

    internal static Problem NoSuchInstruction() => Problems.NotFound("There is no such instruction.");

    private static async Task<IResult> ListAsync(HttpContext http, string controller, InstructionList instructions)
    {
        var (system, caller) = (Paging.Text(http, "system"), http.Caller());
        if (system is not null && !caller.MaySpeakFor(system))
            return Problems.NotFound("The caller does not speak for such a system.");
        string[]? statuses = null;
        if (Paging.Text(http, "status") is { } status && !Statuses.TryGetValue(status, out statuses))
            return Problems.Unprocessable("There is no such status.", new ProblemError($"One of {string.Join(", ", Statuses.Keys)}.", "#query/status"));
        return await PageAsync(http, (after, limit) => instructions.ListAsync(controller, system, caller.Systems, statuses, overdue: false, after, limit, http.RequestAborted));
    }

    private static Task<IResult> OverdueAsync(HttpContext http, string controller, InstructionList instructions) =>
        PageAsync(http, (after, limit) => instructions.ListAsync(controller, null, ["*"], null, overdue: true, after, limit, http.RequestAborted));

    private static async Task<IResult> ShowAsync(HttpContext http, string controller, Guid id, InstructionList instructions)
    {
        if (await instructions.FindAsync(controller, id, http.RequestAborted) is not { } row || !http.Caller().MaySpeakFor(row.Issued.System))
            return NoSuchInstruction();
        http.NoteSubjects([row.Issued.Subject]);
        return Results.Json(InstructionAnswer.Of(row), JsonText.Options);
    }

    private static async Task<IResult> PageAsync(HttpContext http, Func<(long, Guid), int, Task<List<InstructionRow>>> list)
    {
        if (Cursor(Paging.Text(http, "after")) is not { } after)
            return Paging.NoSuchCursor();
        var limit = Paging.Limit(http);
        var rows = await list(after, limit + 1);
        var next = rows.Count > limit ? string.Create(CultureInfo.InvariantCulture, $"{rows[limit - 1].Position}.{rows[limit - 1].Issued.InstructionId}") : null;
        http.NoteSubjects(rows.Take(limit).Select(row => row.Issued.Subject));
        return Results.Json(new Page<InstructionAnswer>([.. rows.Take(limit).Select(InstructionAnswer.Of)], next), JsonText.Options);
    }

    private static (long Position, Guid Id)? Cursor(string? text)
    {
        if (text is null)
            return (0, Guid.Empty);
        return text.Split('.') is [var position, var id] && long.TryParse(position, NumberStyles.None, CultureInfo.InvariantCulture, out var at) && Guid.TryParse(id, out var last) ? (at, last) : null;
    }
}

/// <summary>An instruction as callers see it.</summary>
public sealed record InstructionAnswer(
    Guid InstructionId, Guid HoldingId, string Action, string System, string Reference, string? MoveTo, string Rule, string Status, DateTimeOffset DueAt, DateTimeOffset Deadline, int Attempt,
    DateTimeOffset? EscalatedAt, DateTimeOffset? ConfirmedAt, string? Evidence, Guid? RunId)
{
    public static InstructionAnswer Of(InstructionRow row)
    {
        var issued = row.Issued;
        return new InstructionAnswer(
            issued.InstructionId, issued.HoldingId, issued.Action.Written(), issued.System, issued.Reference, issued.MoveTo, issued.Rule, row.Status, issued.DueAt, issued.Deadline, row.Attempt,
            row.EscalatedAt, row.ConfirmedAt, row.Evidence, row.RunId);
    }
}

/// <summary>Answers a command on an instruction from the register, which the append has brought up to date.</summary>
internal sealed class InstructionResult(string controller, Guid instructionId) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var row = await httpContext.RequestServices.GetRequiredService<InstructionList>().FindAsync(controller, instructionId, httpContext.RequestAborted);
        await Results.Json(InstructionAnswer.Of(row!), JsonText.Options).ExecuteAsync(httpContext);
    }
}

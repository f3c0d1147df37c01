using System.Globalization;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Microsoft.Net.Http.Headers;

namespace Integritet.Disclosure.Cases;

/// <summary>A case covers more people; one that covered everybody covers only them from now on. All lines are taken, or none.</summary>
public sealed record AddCaseSubjects(Guid CaseId, IReadOnlyList<string> Subjects)
{
    private const string NdjsonContentType = "application/x-ndjson";

    public static Decided Decide(CaseRecord state, AddCaseSubjects command)
    {
        if (state is not CaseRecord.Opened opened)
            return Decided.Refuse(ReadCases.NoSuchCase());
        if (opened.Closed)
            return Decided.Refuse(Problems.Conflict("The case is closed."));
        if (opened.Subjects.Union(command.Subjects).Count > CaseSubjects.Most)
            return Decided.Refuse(Problems.Unprocessable($"A case covers at most {CaseSubjects.Most} people, or everybody."));
        return Decided.Accept(StatusCodes.Status200OK, [.. CaseSubjects.Added(command.CaseId, command.Subjects, opened.Subjects)]);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/cases/{id}/subjects", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("addCaseSubjects").WithSummary("A case covers these people, one on each line.").Accepts<NamedSubject>(NdjsonContentType).Produces<CaseView>();

    /// <summary>The subjects of an NDJSON body, read line by line; empty lines are none.</summary>
    internal static IEnumerable<NamedSubject> Lines(ReadOnlyMemory<byte> body)
    {
        var number = 0;
        while (!body.IsEmpty)
        {
            var end = body.Span.IndexOf((byte)'\n');
            var line = end < 0 ? body : body[..end];
            body = end < 0 ? default : body[(end + 1)..];
            number++;
            if (!line.Span.Trim(" \r\t"u8).IsEmpty)
                yield return Parse(line, number);
        }
    }

    // A fault of one line is told with its number.
    private static NamedSubject Parse(ReadOnlyMemory<byte> line, int number)
    {
        try
        {
            return RequestBody.Parse<NamedSubject>(line.Span, BodyLimits.Default);
        }
        catch (ProblemException e)
        {
            throw new ProblemException(e.Problem with { Detail = string.Create(CultureInfo.InvariantCulture, $"Line {number}: {e.Problem.Detail}") });
        }
    }

    private static async Task<IResult> HandleAsync(HttpContext http, string id, Commands commands, CaseList cases, Pseudonyms pseudonyms)
    {
        var command = http.Command();
        if (!MediaTypeHeaderValue.TryParse(http.Request.ContentType, out var type) || !type.MediaType.Equals(NdjsonContentType, StringComparison.OrdinalIgnoreCase))
            return Problems.UnsupportedMediaType($"This call takes {NdjsonContentType} in UTF-8: one subject a line.");
        var lines = Lines(await http.ReadRawBodyAsync()).Take(CaseSubjects.Most + 1);
        var subjects = CaseSubjects.PseudonymsOf(lines, command.Controller, pseudonyms, "");
        if (subjects.Count is 0 or > CaseSubjects.Most)
            return Problems.Unprocessable($"One to {CaseSubjects.Most} subjects are added, one on each line.");
        if (await cases.FindAsync(command.Controller, id, http.RequestAborted) is not { } found)
            return ReadCases.NoSuchCase();
        var add = new AddCaseSubjects(found.CaseId, subjects);
        http.NoteSubjects(subjects);
        return await commands.RunAsync(
            command, CaseRecord.Aggregate, found.CaseId.ToString(), state => Decide(state, add), answered => new CaseAnswer(answered, command.Controller));
    }
}

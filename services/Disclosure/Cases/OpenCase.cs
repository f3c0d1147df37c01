using System.Text.RegularExpressions;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Disclosure.Cases;

/// <summary>An officer opens a case. With subjects it covers only them.</summary>
public sealed partial record OpenCase(Guid CaseId, string Kind, string Reference, string Reason, IReadOnlyList<string> Subjects, DateTimeOffset? ObjectionUntil)
{
    // A breach comes with a clock and with those it affects.
    private const string Breach = "breach";
    private const string BusinessTransfer = "business-transfer";

    private static readonly string[] Kinds = [.. Vocabulary.Cases.Where(kind => kind != Breach)];
    private static readonly BodyLimits Limits = new() { MaxItems = CaseSubjects.Most };

    public sealed record Body(string Kind, string Reference, string Reason, IReadOnlyList<NamedSubject>? Subjects = null, DateTimeOffset? ObjectionUntil = null);

    public static Decided Decide(CaseRecord state, OpenCase command, DateTimeOffset now)
    {
        var faults = Faults(command, now).ToArray();
        if (faults.Length > 0)
            return Decided.Refuse(Problems.Unprocessable("The case cannot be opened.", faults));
        if (state is not CaseRecord.Unopened)
            return Decided.Refuse(Problems.Conflict("There is a case of this reference.", new ProblemError("A reference names one case.", "/reference")));
        var limited = command.Subjects.Count > 0;
        return Decided.Accept(
            StatusCodes.Status201Created,
            [
                new CaseEvent.Opened(command.CaseId, command.Reference, command.Kind, command.Reason, limited, command.ObjectionUntil),
                .. CaseSubjects.Added(command.CaseId, command.Subjects, []),
            ]);
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/cases", HandleAsync).RequireRoles(Roles.Officer)
            .WithName("openCase").WithSummary("Opens a case.").Accepts<Body>("application/json").Produces<CaseView>(StatusCodes.Status201Created);

    private static IEnumerable<ProblemError> Faults(OpenCase command, DateTimeOffset now)
    {
        if (!Kinds.Contains(command.Kind, StringComparer.Ordinal))
            yield return new ProblemError($"A kind of case is one of {string.Join(", ", Kinds)}.", "/kind");
        if (!ReferencePattern().IsMatch(command.Reference))
            yield return new ProblemError("A reference is up to 128 letters, digits, dots, colons, hyphens and underscores: it stands in URLs and names nobody.", "/reference");
        if (string.IsNullOrWhiteSpace(command.Reason))
            yield return new ProblemError("Say why the case is opened.", "/reason");
        if (command.ObjectionUntil is { } until && command.Kind != BusinessTransfer)
            yield return new ProblemError("Subjects may object to a business transfer.", "/objectionUntil");
        else if (command.ObjectionUntil <= now)
            yield return new ProblemError("Subjects are given time to object.", "/objectionUntil");
    }

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, PolicyVersions policies, Pseudonyms pseudonyms, TimeProvider clock)
    {
        var command = http.Command();
        var body = await http.ReadBodyAsync<Body>(Limits);
        if (!policies.Knows(command.Controller))
            return PolicyVersions.NoSuchController();
        if (body.Subjects is { Count: 0 })
            return Problems.Unprocessable("The case cannot be opened.", new ProblemError("Name subjects, or leave them out to cover everybody.", "/subjects"));
        var subjects = CaseSubjects.PseudonymsOf(body.Subjects ?? [], command.Controller, pseudonyms, "/subjects");
        var open = new OpenCase(CaseReference.IdOf(command.Controller, body.Reference), body.Kind, body.Reference, body.Reason, subjects, body.ObjectionUntil);
        http.NoteSubjects(subjects);
        return await commands.RunAsync(
            command, CaseRecord.Aggregate, open.CaseId.ToString(), state => Decide(state, open, clock.GetUtcNow()), answered => new CaseAnswer(answered, command.Controller));
    }

    [GeneratedRegex("^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}\\z", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex ReferencePattern();
}

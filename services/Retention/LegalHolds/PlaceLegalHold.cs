using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Retention.Instructions;
using Integritet.Retention.Subjects;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.LegalHolds;

/// <summary>An officer places a legal hold on a person's holdings, present and future, or on holdings by id. It takes its turn with instructing: what it covers is not instructed afterwards, and what was instructed before is recalled.</summary>
public sealed record PlaceLegalHold(Guid HoldId, string Case, string Reason, string? Subject, IReadOnlyList<Guid> Holdings)
{
    private const int MaxCaseLength = 200;

    public sealed record Body(string Case, string Reason, NamedSubject? Subject = null, IReadOnlyList<Guid>? Holdings = null);

    /// <param name="state">The hold.</param>
    /// <param name="command">What is to be held.</param>
    /// <param name="held">Those of the holdings named that are held.</param>
    /// <param name="recalled">Instructions under way on what it covers.</param>
    /// <param name="now">Now.</param>
    public static Decided Decide(LegalHold state, PlaceLegalHold command, IReadOnlySet<Guid> held, IReadOnlyList<RecalledInstruction> recalled, DateTimeOffset now)
    {
        if (state is not LegalHold.Unplaced)
            return Decided.Accept(StatusCodes.Status201Created);
        var faults = Faults(command, held).ToArray();
        return faults.Length > 0
            ? Decided.Refuse(Problems.Unprocessable("The legal hold cannot be placed.", faults))
            : Decided.Accept(StatusCodes.Status201Created, new LegalHoldEvent.Placed(
                command.HoldId, command.Case, command.Subject ?? $"legal-hold-{command.HoldId}", command.Reason, command.Subject, [.. command.Holdings.Distinct()], recalled, now));
    }

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/retention/legal-holds", HandleAsync).RequireRoles(Roles.Officer).WithName("placeLegalHold").WithSummary("Places a legal hold on a person's holdings or on some holdings.");

    private static IEnumerable<ProblemError> Faults(PlaceLegalHold command, IReadOnlySet<Guid> held)
    {
        if (string.IsNullOrWhiteSpace(command.Case) || command.Case.Length > MaxCaseLength)
            yield return new ProblemError($"A legal hold names its case in 1 to {MaxCaseLength} characters.", "/case");
        if (string.IsNullOrWhiteSpace(command.Reason))
            yield return new ProblemError("A legal hold has a reason.", "/reason");
        if (command.Subject is null && command.Holdings.Count == 0)
            yield return new ProblemError("Say what it covers: a subject, or holdings.", "/holdings");
        for (var i = 0; i < command.Holdings.Count; i++)
            if (!held.Contains(command.Holdings[i]))
                yield return new ProblemError("There is no such holding, or it is gone.", $"/holdings/{i}");
    }

    private static async Task<IResult> HandleAsync(
        HttpContext http, string controller, PolicyVersions policies, Pseudonyms pseudonyms, Commands commands, Turns turns, NpgsqlDataSource database, TimeProvider time)
    {
        var body = await http.ReadBodyAsync<Body>();
        if (!policies.Knows(controller))
            return PolicyVersions.NoSuchController();
        var faults = new List<ProblemError>();
        var subject = body.Subject?.PseudonymAt(controller, pseudonyms, "/subject", faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The legal hold cannot be placed.", [.. faults]);

        var place = new PlaceLegalHold(Guid.CreateVersion7(), body.Case, body.Reason, subject, body.Holdings ?? []);
        await using var turn = await turns.TakeAsync(controller, http.RequestAborted);
        var (held, recalled) = await Outage.TranslateAsync(CoveredAsync(database, controller, place, http.RequestAborted));
        return await commands.RunAsync(
            subject is null ? http.Command() : http.Command().Concerning(subject), LegalHold.Aggregate, place.HoldId.ToString(),
            state => Decide(state, place, held, recalled, time.GetUtcNow()), answered => LegalHoldAnswer.Of(http, answered), isNew: true);
    }

    /// <summary>Which of the holdings named are held, and what is instructed on anything covered.</summary>
    private static async Task<(HashSet<Guid> Held, List<RecalledInstruction> Recalled)> CoveredAsync(NpgsqlDataSource database, string controller, PlaceLegalHold place, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand(
            $"""
            with {SubjectLinks.PersonSql("$3", "9223372036854775807")}
            select h.holding_id, i.instruction_id, i.action, i.system, i.reference
            from holding h
            left join instruction i on i.tenant_id = h.tenant_id and i.holding_id = h.holding_id and i.status in ('issued', 'failed')
            where h.tenant_id = $1 and (h.holding_id = any($2) or h.subject in (select subject from person)) and h.status not in ('erased', 'anonymised')
            order by h.holding_id
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = place.Holdings.ToArray() }, Texts(place.Subject is { } subject ? [subject] : [])]);
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var held = new HashSet<Guid>();
        var recalled = new List<RecalledInstruction>();
        while (await row.ReadAsync(cancellationToken))
        {
            held.Add(row.GetGuid(0));
            if (!row.IsDBNull(1))
                recalled.Add(new RecalledInstruction(row.GetGuid(1), row.GetGuid(0), InstructionId.ActionOf(row.GetString(2)), row.GetString(3), row.GetString(4)));
        }

        return (held, recalled);
    }
}

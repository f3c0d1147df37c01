using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Audit.Search;

/// <summary><c>POST /v1/{c}/audit/timeline</c>: everything about one person, under all of their identifiers and across services, in the order of the ledger. A POST, since an identifier does not belong in a URL.</summary>
public static class ShowTimeline
{
    /// <summary>
    /// The services whose events a person may see of itself. Others tell of other people or of what it must not know yet (a gagged order, a hold for one, an investigation); they answer for
    /// themselves what may be told.
    /// </summary>
    private static readonly string[] ToldToTheSubject = ["consent", "request"];

    public sealed record Request(Identifier Subject);

    public sealed record Identifier(string Type, string Value);

    private static readonly string[] Query = ["from", "to"];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapPost("/v1/{controller}/audit/timeline", ShowAsync).RequireRoles(Roles.Auditor, Roles.Officer, Roles.Subject)
            .WithName("auditTimeline").WithSummary("Everything about one person, across services.").TakesQuery(Query).Accepts<Request>("application/json").Produces<EventPage>();

    private static async Task<IResult> ShowAsync(HttpContext http, ReadLedger ledger, LinkedIdentifiers identifiers, Pseudonyms pseudonyms)
    {
        var request = await http.ReadBodyAsync<Request>();
        if (!SubjectId.TryParse(request.Subject.Type, request.Subject.Value, out var subject, out var problem))
            return Problems.Unprocessable("The subject cannot be named so.", new ProblemError(problem.Detail, "/subject/" + problem.Member));
        var pseudonym = pseudonyms.Of(http.Controller(), subject);
        var caller = http.Caller();
        var person = await identifiers.OfAsync(http.Controller(), pseudonym, http.RequestAborted);
        if (!person.Any(caller.MayConcern))
            return Problems.Forbidden("A data subject sees its own timeline alone.");
        var question = LedgerQuery.Read(http.Controller(), http.Request.Query, Query) with { Subjects = person };
        if (!caller.Has(Roles.Subject))
            return new LedgerPageResult(await ledger.PageAsync(question, http.RequestAborted));
        return new OwnTimelineResult(person, await ledger.PageAsync(question with { Services = ToldToTheSubject }, http.RequestAborted));
    }
}

using Integritet.Platform.Hosting;

namespace Integritet.Audit.Search;

/// <summary><c>GET /v1/{c}/audit/events</c>: what happened at a controller, in the order of the ledger. Controller <c>installation</c> is the installation's own log.</summary>
public static class FindEvents
{
    private static readonly string[] Query = ["from", "to", "service", "type", "stream", "actor"];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/audit/events", FindAsync).RequireRoles(Roles.Auditor, Roles.Officer)
            .WithName("auditEvents").WithSummary("What happened at a controller, in the order of the ledger.").TakesQuery(Query).Produces<EventPage>();

    private static async Task<IResult> FindAsync(HttpContext http, ReadLedger ledger)
    {
        var question = LedgerQuery.Read(http.Controller(), http.Request.Query, Query);
        return new LedgerPageResult(await ledger.PageAsync(question, http.RequestAborted));
    }
}

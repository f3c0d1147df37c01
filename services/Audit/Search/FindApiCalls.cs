using Integritet.Platform.Hosting;

namespace Integritet.Audit.Search;

/// <summary><c>GET /v1/{c}/audit/access</c>: who called what on whose data, as the gateway recorded it.</summary>
public static class FindApiCalls
{
    /// <summary>The gateway's event; a service does not know another's types, so the name is repeated here.</summary>
    private const string Type = "api-call-recorded.v1";

    private static readonly string[] Query = ["principal", "from", "to"];

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/audit/access", FindAsync).RequireRoles(Roles.Auditor)
            .WithName("auditAccess").WithSummary("Who called what on whose data.").TakesQuery(Query).Produces<EventPage>();

    private static async Task<IResult> FindAsync(HttpContext http, ReadLedger ledger)
    {
        var question = LedgerQuery.Read(http.Controller(), http.Request.Query, Query);
        return new LedgerPageResult(await ledger.PageAsync(question with { Type = Type, Service = "gateway" }, http.RequestAborted));
    }
}

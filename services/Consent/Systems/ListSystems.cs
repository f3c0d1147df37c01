using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Systems;

/// <summary>The systems of record, now or as of an instant.</summary>
public static class ListSystems
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/systems", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("systemsList").WithSummary("The systems of record.").Produces<RegisterPages.Page<SystemView>>();

    private static Task<IResult> HandleAsync(HttpContext http, RegisterPages pages) => pages.AnswerAsync(
        http, RegisteredSystems.Table, "t.name, t.encrypted, t.processor", row => new SystemView(row.GetString(1), row.GetBoolean(2), row.IsDBNull(3) ? null : row.GetString(3)));
}

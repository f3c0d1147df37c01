using System.Text.Json;
using Integritet.Consent.Registers;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Accounts;

/// <summary>The relations that stand, now or as of an instant: a line for each period, by pseudonym.</summary>
public static class ListAccountRelations
{
    private static readonly Dictionary<string, AccountRole> ByName =
        Enum.GetValues<AccountRole>().ToDictionary(r => JsonNamingPolicy.KebabCaseLower.ConvertName(r.ToString()), StringComparer.Ordinal);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/account-relations", HandleAsync).RequireRoles(Roles.System, Roles.Officer, Roles.Auditor)
            .WithName("accountRelationsList").WithSummary("The relations that stand, by pseudonym.").Produces<RegisterPages.Page<AccountRelationView>>();

    private static Task<IResult> HandleAsync(HttpContext http, RegisterPages pages) => pages.AnswerAsync(
        http, AccountRelations.Table, "t.relation_id, t.subject, t.role, t.account, t.sub_account, t.granted, t.valid_from, t.valid_to",
        row => new AccountRelationView(
            row.GetGuid(1), RelationStatus.Recorded, row.GetString(2), ByName[row.GetString(3)], row.GetString(4), row.IsDBNull(5) ? null : row.GetString(5), row.GetBoolean(6),
            row.GetFieldValue<DateTimeOffset>(7), row.IsDBNull(8) ? null : row.GetFieldValue<DateTimeOffset>(8)));
}

using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Agreements;

/// <summary>Every agreement on retention, newest first, those that a later one has replaced among them.</summary>
public static class ListAgreements
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 100;

    // An agreement decides on a category until one that was agreed later does.
    private const string Sql =
        """
        select a.agreement_id, a.customer, array_agg(a.category order by a.category), a.keep_for, a.agreed_at, a.reference, a.position,
               coalesce(array_agg(a.category order by a.category) filter (where not exists (
                   select from retention_agreement later
                   where later.tenant_id = a.tenant_id and later.customer = a.customer and later.category = a.category
                     and (later.agreed_at, later.position) > (a.agreed_at, a.position))), '{}') as deciding
        from retention_agreement a
        where a.tenant_id = $1 and ($2 = '' or a.customer = $2) and a.position < $3
        group by a.tenant_id, a.agreement_id, a.customer, a.keep_for, a.agreed_at, a.reference, a.position
        order by a.position desc limit $4
        """;

    /// <summary>An agreement as listed.</summary>
    /// <param name="Deciding">The categories on which it decides still.</param>
    public sealed record Item(Guid AgreementId, string Customer, IReadOnlyList<string> Categories, string KeepFor, DateTimeOffset AgreedAt, string Reference, IReadOnlyList<string> Deciding);

    public sealed record Page(IReadOnlyList<Item> Items, string? Next);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/retention/agreements", HandleAsync).RequireRoles(Roles.Officer, Roles.Auditor, Roles.System).WithName("listRetentionAgreements").WithSummary("Lists agreements on retention with their history.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, NpgsqlDataSource dataSource)
    {
        var query = http.Request.Query;
        var faults = new List<ProblemError>();
        var limit = (int)query.Number("limit", 1, MaxLimit, DefaultLimit, $"A limit is a number from 1 to {MaxLimit}.", faults);
        var before = query.Number("after", 0, long.MaxValue, long.MaxValue, "Take the cursor from the page before.", faults);
        if (faults.Count > 0)
            return Problems.Unprocessable("The list cannot be given.", [.. faults]);
        return Results.Json(await Outage.TranslateAsync(ReadAsync(dataSource, controller, Paging.Text(http, "customer") ?? "", before, limit, http.RequestAborted)), JsonText.Options);
    }

    private static async Task<Page> ReadAsync(NpgsqlDataSource dataSource, string controller, string customer, long before, int limit, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(Sql);
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Text(customer), Number(before), Count(limit + 1)]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        var items = new List<(Item Item, long Position)>();
        while (await row.ReadAsync(cancel))
        {
            items.Add((new Item(
                row.GetGuid(0), row.GetString(1), row.GetFieldValue<string[]>(2), row.GetString(3), row.GetFieldValue<DateTimeOffset>(4), row.GetString(5), row.GetFieldValue<string[]>(7)), row.GetInt64(6)));
        }
        var more = items.Count > limit;
        return new Page([.. items.Take(limit).Select(i => i.Item)], more ? items[limit - 1].Position.ToString(CultureInfo.InvariantCulture) : null);
    }
}

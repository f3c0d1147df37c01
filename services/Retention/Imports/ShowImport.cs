using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Imports;

/// <summary>How far an import has come: after an interruption, the next line to send is the one after <c>lastLine</c>.</summary>
public static class ShowImport
{
    public sealed record Answer(string ImportId, long LastLine, long Accepted, long Rejected, DateTimeOffset At);

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/holdings/imports/{importId}", HandleAsync).RequireRoles(Roles.System).WithName("showImport").WithSummary("Tells how far an import has come.");

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, string importId, NpgsqlDataSource dataSource) =>
        await Outage.TranslateAsync(FindAsync(dataSource, controller, importId, http.RequestAborted)) is { } answer
            ? Results.Json(answer, JsonText.Options)
            : Problems.NotFound("There is no such import, or nothing of it was stored.");

    private static async Task<Answer?> FindAsync(NpgsqlDataSource dataSource, string controller, string importId, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand($"select last_line, accepted, rejected, at from {HoldingImports.Table} where tenant_id = $1 and import_id = $2");
        command.Parameters.AddRange((NpgsqlParameter[])[Text(controller), Text(importId)]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        return await row.ReadAsync(cancel) ? new Answer(importId, row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetFieldValue<DateTimeOffset>(3)) : null;
    }
}

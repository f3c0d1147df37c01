using System.Buffers;
using System.Globalization;
using System.Text.Json;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Retention.Holdings;
using Npgsql;

namespace Integritet.Retention.Runs;

/// <summary>
/// <c>GET /v1/{controller}/retention/runs</c>, <c>/{id}</c> and <c>/{id}/items</c>: the runs, the newest first, and the items of one: first those due, then those that stay, each with the holds that keep it.
/// Items are as they were when the plan was made.
/// </summary>
public static class ReadRuns
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/retention/runs", ListAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listRetentionRuns").WithSummary("The retention runs, the newest first.");
        app.MapGet("/v1/{controller}/retention/runs/{id:guid}", ShowAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("getRetentionRun").WithSummary("One retention run.");
        app.MapGet("/v1/{controller}/retention/runs/{id:guid}/items", ItemsAsync).RequireRoles(Roles.Officer, Roles.Auditor).WithName("listRetentionRunItems").WithSummary("What a run's plan is made of.");
    }

    private static async Task<IResult> ListAsync(HttpContext http, string controller, NpgsqlDataSource database)
    {
        var (limit, before) = (Paging.Limit(http), Paging.After(http));
        await using var command = database.CreateCommand(
            $"""
            select run_id, dry_run, status, as_of, plan_hash, due, on_hold, not_due, instructed, schedule, position from {RunRegister.Table}
            where tenant_id = $1 and ($2 = 0 or position < $2) order by position desc limit $3
            """);
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = before }, new() { Value = limit + 1 }]);
        var rows = await Outage.TranslateAsync(ReadAsync(command, http.RequestAborted));
        var next = rows.Count > limit ? rows[limit - 1].Position.ToString(CultureInfo.InvariantCulture) : null;
        return Results.Json(new Page<RunAnswer>([.. rows.Take(limit).Select(row => row.Run)], next), JsonText.Options);
    }

    private static async Task<List<(RunAnswer Run, long Position)>> ReadAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<(RunAnswer, long)>();
        while (await row.ReadAsync(cancellationToken))
        {
            var run = new RunAnswer(
                row.GetGuid(0), row.GetBoolean(1), row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetString(4), row.GetInt64(5), row.GetInt64(6), row.GetInt64(7), row.GetInt64(8),
                row.IsDBNull(9) ? null : row.GetString(9));
            rows.Add((run, row.GetInt64(10)));
        }

        return rows;
    }

    private static async Task<IResult> ShowAsync(HttpContext http, string controller, Guid id, RunRegister runs) =>
        await runs.FindAsync(controller, id, http.RequestAborted) is { } run ? RunAnswer.Of(http, run) : RunAnswer.NoSuchRun();

    private static async Task<IResult> ItemsAsync(HttpContext http, string controller, Guid id, NpgsqlDataSource database, RunPages pages)
    {
        var (limit, after) = (Paging.Limit(http), Paging.After(http));
        if (await FindAsync(database, controller, id, http.RequestAborted) is not var (due, onHold))
            return RunAnswer.NoSuchRun();
        return after > due + onHold ? Paging.NoSuchCursor() : await PageAsync(database, controller, id, pages, due, onHold, after, limit, http.RequestAborted);
    }

    private static async Task<(long Due, long OnHold)?> FindAsync(NpgsqlDataSource database, string controller, Guid id, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand($"select due, on_hold from {RunRegister.Table} where tenant_id = $1 and run_id = $2");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = controller }, new() { Value = id }]);
        await using var row = await Outage.TranslateAsync(command.ExecuteReaderAsync(cancellationToken));
        return await row.ReadAsync(cancellationToken) ? (row.GetInt64(0), row.GetInt64(1)) : null;
    }

    // The cursor counts items: those due first, then those on hold. A page of an answer ends with the page it is read from.
    private static async Task<IResult> PageAsync(NpgsqlDataSource database, string controller, Guid id, RunPages pages, long due, long onHold, long after, int limit, CancellationToken cancellationToken)
    {
        var held = after >= due;
        var (state, place) = held ? (RunPages.OnHold, after - due) : (RunPages.Due, after);
        var json = new ArrayBufferWriter<byte>(64 * 1024);
        await using var writer = new Utf8JsonWriter(json);
        writer.WriteStartObject();
        writer.WriteStartArray("items");
        var written = 0;
        if (after < due + onHold)
        {
            if (await pages.FindAsync(controller, id, state, (int)(place / RunPages.ItemsPerPage), cancellationToken) is not { } page)
                return Problems.NotFound("The items of this run are no longer listed.");
            written = await CopyAsync(database, controller, page, state, (int)(place % RunPages.ItemsPerPage), limit, writer, cancellationToken);
        }

        writer.WriteEndArray();
        if (after + written < due + onHold)
            writer.WriteString("next", (after + written).ToString(CultureInfo.InvariantCulture));
        else
            writer.WriteNull("next");
        writer.WriteEndObject();
        await writer.FlushAsync(cancellationToken);
        return Results.Bytes(json.WrittenMemory, "application/json");
    }

    private static async Task<int> CopyAsync(
        NpgsqlDataSource database, string controller, byte[] page, string state, int skip, int limit, Utf8JsonWriter writer, CancellationToken cancellationToken)
    {
        using var all = JsonDocument.Parse(page);
        var items = all.RootElement.EnumerateArray().Skip(skip).Take(limit).Select(item => (Id: item.GetProperty("holdingId").GetGuid(), Item: item)).ToArray();
        var held = (await HoldingRow.ReadAsync(database, HoldingRow.ByIds(controller, [.. items.Select(item => item.Id)]), cancellationToken)).ToDictionary(row => row.HoldingId);
        foreach (var (id, item) in items)
        {
            writer.WriteStartObject();
            writer.WriteString("state", state);
            if (held.TryGetValue(id, out var row))
            {
                writer.WriteString("system", row.Data.System);
                writer.WriteString("reference", row.Data.Reference);
            }

            foreach (var member in item.EnumerateObject())
                member.WriteTo(writer);
            writer.WriteEndObject();
        }

        return items.Length;
    }
}

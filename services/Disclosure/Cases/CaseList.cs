using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Disclosure.Cases;

/// <summary>One case without what officers wrote about it, which is in its stream alone.</summary>
/// <param name="Subjects">How many people it covers; null: everybody.</param>
/// <param name="Version">Version of its stream.</param>
/// <param name="Position">Position at which it was opened.</param>
public sealed record CaseRow(
    Guid CaseId, string Reference, string Kind, int? Subjects, DateTimeOffset? ObjectionUntil, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, long Version, long Position);

/// <summary>Every case, in the order in which they were opened.</summary>
public sealed class CaseList(NpgsqlDataSource database)
{
    private const string Columns = "case_id, reference, kind, subjects, objection_until, opened_at, closed_at, version, position";

    public static InlineProjection Projection { get; } = new(
        "cases", "case_on_record", Version: 1, ["case-opened.v1", "case-subjects-added.v1", "case-closed.v1"],
        """
        create table {table} (
            tenant_id       varchar     not null,
            case_id         uuid        not null,
            reference       varchar     not null,
            kind            varchar     not null,
            subjects        integer     null,
            objection_until timestamptz null,
            opened_at       timestamptz not null,
            closed_at       timestamptz null,
            version         bigint      not null,
            position        bigint      not null,
            primary key (tenant_id, case_id),
            unique (tenant_id, reference)
        );
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        insert into {table} as c (tenant_id, case_id, reference, kind, subjects, objection_until, opened_at, closed_at, version, position)
        select e.tenant_id, (e.data->>'caseId')::uuid, coalesce(e.data->>'reference', e.data->>'caseId'), coalesce(e.data->>'kind', ''), jsonb_array_length(e.data->'pseudonyms'),
               (e.data->>'objectionUntil')::timestamptz, e.timestamp, case e.type when 'case-closed.v1' then e.timestamp end, e.version, e.seq_id
        from events e
        on conflict (tenant_id, case_id) do update
        set subjects = case when excluded.subjects is null then c.subjects else coalesce(c.subjects, 0) + excluded.subjects end,
            closed_at = coalesce(excluded.closed_at, c.closed_at), version = excluded.version
        where c.version < excluded.version
        """);

    /// <summary>The case of this reference or, where there is none, of this id.</summary>
    public Task<CaseRow?> FindAsync(string controller, string referenceOrId, CancellationToken cancel) => Outage.TranslateAsync(FindRowAsync(controller, referenceOrId, cancel));

    /// <summary>A page, and one row more where there are more.</summary>
    public Task<IReadOnlyList<CaseRow>> ReadAsync(string controller, PageQuery page, CancellationToken cancel) => Outage.TranslateAsync(ReadPageAsync(controller, page, cancel));

    private async Task<CaseRow?> FindRowAsync(string controller, string referenceOrId, CancellationToken cancel)
    {
        await using var command = database.CreateCommand(
            $"select {Columns} from case_on_record where tenant_id = $1 and (reference = $2 or case_id = $3) order by reference = $2 desc limit 1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = referenceOrId, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter { Value = Guid.TryParseExact(referenceOrId, "D", out var id) ? id : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        return await RowsAsync(command, cancel) is [var row] ? row : null;
    }

    private async Task<IReadOnlyList<CaseRow>> ReadPageAsync(string controller, PageQuery page, CancellationToken cancel)
    {
        await using var command = database.CreateCommand($"select {Columns} from case_on_record where tenant_id = $1 and position > $2 order by position limit $3");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = page.After });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = page.Limit + 1 });
        return await RowsAsync(command, cancel);
    }

    private static async Task<IReadOnlyList<CaseRow>> RowsAsync(NpgsqlCommand command, CancellationToken cancel)
    {
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var rows = new List<CaseRow>();
        while (await reader.ReadAsync(cancel))
        {
            rows.Add(new CaseRow(
                reader.GetGuid(0), reader.GetString(1), reader.GetString(2), reader.IsDBNull(3) ? null : reader.GetInt32(3), Instant(reader, 4), reader.GetFieldValue<DateTimeOffset>(5), Instant(reader, 6),
                reader.GetInt64(7), reader.GetInt64(8)));
        }
        return rows;
    }

    private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
}

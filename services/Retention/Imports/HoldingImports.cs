using Integritet.Platform.EventStore;

namespace Integritet.Retention.Imports;

/// <summary>How far each import has come: what an interrupted one goes on from.</summary>
public static class HoldingImports
{
    public const string Table = "holding_import";

    public static InlineProjection Projection { get; } = new(
        "holding-imports", Table, Version: 2, ["holdings-imported.v1", "holdings-imported.v2"],
        """
        create table {table} (
            tenant_id varchar     not null,
            import_id varchar     not null,
            last_line bigint      not null,
            accepted  bigint      not null,
            rejected  bigint      not null,
            at        timestamptz not null,
            primary key (tenant_id, import_id)
        )
        """,
        """
        insert into {table} as i (tenant_id, import_id, last_line, accepted, rejected, at)
        select e.tenant_id, i."importId", i."lastLine", coalesce(i.stored, jsonb_array_length(i.holdings)) + i.repeated, i.rejected, e.timestamp
        -- Large: as a record, it is unpacked once for all members.
        from events e cross join lateral jsonb_to_record(e.data) as i("importId" varchar, "lastLine" bigint, stored bigint, holdings jsonb, repeated bigint, rejected bigint)
        on conflict (tenant_id, import_id) do update
        set last_line = greatest(i.last_line, excluded.last_line), accepted = i.accepted + excluded.accepted, rejected = i.rejected + excluded.rejected, at = excluded.at
        """);
}

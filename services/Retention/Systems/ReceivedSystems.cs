using Integritet.Platform.EventStore;

namespace Integritet.Retention.Systems;

/// <summary>Every system of record as it was last told of.</summary>
public static class ReceivedSystems
{
    public static InlineProjection Projection { get; } = new(
        "received-systems", "received_system", Version: 1, ["system-received.v1"],
        """
        create table {table} (
            tenant_id varchar not null,
            name      varchar not null,
            encrypted boolean not null,
            processor varchar null,
            position  bigint  not null,
            primary key (tenant_id, name)
        );
        create index {table}_position on {table} (position)
        """,
        """
        insert into {table} (tenant_id, name, encrypted, processor, position)
        select e.tenant_id, e.data->>'name', (e.data->>'encrypted')::boolean, e.data->>'processor', e.seq_id from events e
        on conflict (tenant_id, name) do update set encrypted = excluded.encrypted, processor = excluded.processor, position = excluded.position
        """,
        "(e.tenant_id, e.data->>'name')");
}

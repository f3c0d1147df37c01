using Integritet.Platform.EventStore;

namespace Integritet.Consent.Systems;

/// <summary>Every registration of every system, from its position to that of the next one.</summary>
public static class RegisteredSystems
{
    public const string Table = "registered_system";

    public static InlineProjection Projection { get; } = new(
        "registered-systems", Table, Version: 1, ["system-registered.v1"],
        """
        create table {table} (
            tenant_id        varchar not null,
            name             varchar not null,
            position         bigint  not null,
            removed_position bigint  null,
            encrypted        boolean not null,
            processor        varchar null,
            primary key (tenant_id, name, position)
        );
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        with replaced as (
            update {table} t set removed_position = e.seq_id
            from events e
            where t.tenant_id = e.tenant_id and t.name = e.data->>'name' and t.position < e.seq_id and t.removed_position is null)
        insert into {table} (tenant_id, name, position, encrypted, processor)
        select e.tenant_id, e.data->>'name', e.seq_id, (e.data->>'encrypted')::boolean, e.data->>'processor' from events e
        on conflict do nothing
        """);
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.Triggers;

/// <summary>Every trigger told, as plans ask for them: by what they meet.</summary>
public static class TriggerRows
{
    public static InlineProjection Projection { get; } = new(
        "triggers", "retention_trigger", Version: 1, ["trigger-told.v1"],
        """
        create table {table} (
            tenant_id varchar     not null,
            meets     varchar     not null,
            name      varchar     not null,
            position  bigint      not null,
            trigger   varchar     not null,
            purpose   varchar     null,
            at        timestamptz not null,
            primary key (tenant_id, meets, name, position)
        );
        create index {table}_position on {table} (position)
        """,
        """
        insert into {table} (tenant_id, meets, name, position, trigger, purpose, at)
        select e.tenant_id, e.data->>'meets', e.data->>'name', e.seq_id, e.data->>'trigger', e.data->>'purpose', (e.data->>'at')::timestamptz
        from events e
        """);
}

using Integritet.Platform.EventStore;

namespace Integritet.Consent.Networks;

/// <summary>Each listed period of each range, from the position of its listing to that of its removal.</summary>
public static class FixedAddresses
{
    public const string Table = "network_address";

    public static InlineProjection Projection { get; } = new(
        "network-addresses", Table, Version: 1, ["network-address-listed.v1", "network-address-removed.v1"],
        """
        create table {table} (
            tenant_id        varchar     not null,
            address_id       uuid        not null,
            position         bigint      not null,
            removed_position bigint      null,
            range            cidr        not null,
            use              varchar     not null,
            valid_from       timestamptz not null,
            valid_to         timestamptz null,
            event_id         uuid        not null,
            primary key (tenant_id, address_id, position)
        );
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        with removed as (
            update {table} t set removed_position = e.seq_id
            from events e
            where e.type = 'network-address-removed.v1' and t.tenant_id = e.tenant_id and t.address_id = (e.data->>'addressId')::uuid and t.removed_position is null)
        insert into {table} (tenant_id, address_id, position, range, use, valid_from, valid_to, event_id)
        select e.tenant_id, (e.data->>'addressId')::uuid, e.seq_id, (e.data->>'cidr')::cidr, e.data->>'use', (e.data->>'validFrom')::timestamptz, (e.data->>'validTo')::timestamptz, e.id
        from events e where e.type = 'network-address-listed.v1'
        on conflict do nothing
        """);
}

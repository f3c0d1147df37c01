using Integritet.Platform.EventStore;

namespace Integritet.Consent.Accounts;

/// <summary>Each recorded period of each relation, from the position of its recording to that of its removal.</summary>
public static class AccountRelations
{
    public const string Table = "account_relation";

    public static InlineProjection Projection { get; } = new(
        "account-relations", Table, Version: 1, ["account-relation-recorded.v1", "account-relation-removed.v1"],
        """
        create table {table} (
            tenant_id        varchar     not null,
            relation_id      uuid        not null,
            position         bigint      not null,
            removed_position bigint      null,
            subject          varchar     not null,
            role             varchar     not null,
            account          varchar     not null,
            sub_account      varchar     null,
            granted          boolean     not null,
            valid_from       timestamptz not null,
            valid_to         timestamptz null,
            event_id         uuid        not null,
            primary key (tenant_id, relation_id, position)
        );
        create index {table}_account on {table} (tenant_id, account, subject);
        create index {table}_sub_account on {table} (tenant_id, sub_account) where sub_account is not null;
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        with removed as (
            update {table} t set removed_position = e.seq_id
            from events e
            where e.type = 'account-relation-removed.v1' and t.tenant_id = e.tenant_id and t.relation_id = (e.data->>'relationId')::uuid and t.removed_position is null)
        insert into {table} (tenant_id, relation_id, position, subject, role, account, sub_account, granted, valid_from, valid_to, event_id)
        select e.tenant_id, (e.data->>'relationId')::uuid, e.seq_id, e.data->>'subject', e.data->>'role', e.data->>'account', e.data->>'subAccount', (e.data->>'granted')::boolean,
               (e.data->>'validFrom')::timestamptz, (e.data->>'validTo')::timestamptz, e.id
        from events e where e.type = 'account-relation-recorded.v1'
        on conflict do nothing
        """);
}

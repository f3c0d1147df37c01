using Integritet.Platform.EventStore;

namespace Integritet.Consent.Contacts;

/// <summary>Agreed contacts by person, from the position of the agreement to that of its end.</summary>
public static class AgreedContacts
{
    public const string Table = "agreed_contact";

    public static InlineProjection Projection { get; } = new(
        "agreed-contacts", Table, Version: 1, ["contact-agreed.v1", "contact-removed.v1"],
        """
        create table {table} (
            tenant_id        varchar     not null,
            contact_id       uuid        not null,
            position         bigint      not null,
            removed_position bigint      null,
            subject          varchar     not null,
            contact          varchar     not null,
            kind             varchar     not null,
            agreed_at        timestamptz not null,
            event_id         uuid        not null,
            primary key (tenant_id, contact_id, position)
        );
        create index {table}_contact on {table} (tenant_id, contact, subject);
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        with removed as (
            update {table} t set removed_position = e.seq_id
            from events e
            where t.tenant_id = e.tenant_id and t.contact_id = (e.data->>'contactId')::uuid and t.position < e.seq_id and t.removed_position is null)
        insert into {table} (tenant_id, contact_id, position, subject, contact, kind, agreed_at, event_id)
        select e.tenant_id, (e.data->>'contactId')::uuid, e.seq_id, e.data->>'subject', e.data->>'contact', e.data->>'kind', (e.data->>'agreedAt')::timestamptz, e.id
        from events e where e.type = 'contact-agreed.v1'
        on conflict do nothing
        """);
}

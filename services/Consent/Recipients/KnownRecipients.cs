using Integritet.Platform.EventStore;

namespace Integritet.Consent.Recipients;

/// <summary>What decisions look up of recipients: each thing from the position at which it became known here. None of it changes.</summary>
public static class KnownRecipients
{
    public const string Recipients = "known_recipient";
    public const string Agreements = "known_agreement";
    public const string AccessRights = "known_access_right";

    public static IReadOnlyList<InlineProjection> Projections { get; } =
    [
        new(
            "known-recipients", Recipients, Version: 1, ["recipient-received.v1"],
            """
            create table {table} (
                tenant_id    varchar not null,
                recipient_id varchar not null,
                kind         varchar not null,
                country      varchar not null,
                safeguard    varchar null,
                position     bigint  not null,
                event_id     uuid    not null,
                primary key (tenant_id, recipient_id)
            )
            """,
            """
            insert into {table} (tenant_id, recipient_id, kind, country, safeguard, position, event_id)
            select e.tenant_id, e.data->>'recipientId', e.data->>'kind', e.data->>'country', e.data->>'safeguard', e.seq_id, e.id from events e
            on conflict do nothing
            """),
        new(
            "known-agreements", Agreements, Version: 1, ["agreement-received.v1"],
            """
            create table {table} (
                tenant_id      varchar     not null,
                recipient_id   varchar     not null,
                agreement_id   varchar     not null,
                recipient_kind varchar     not null,
                type           varchar     not null,
                signed_at      timestamptz not null,
                expires_at     timestamptz null,
                position       bigint      not null,
                event_id       uuid        not null,
                primary key (tenant_id, recipient_id, agreement_id)
            )
            """,
            """
            insert into {table} (tenant_id, recipient_id, agreement_id, recipient_kind, type, signed_at, expires_at, position, event_id)
            select e.tenant_id, e.data->>'recipientId', e.data->>'agreementId', e.data->>'recipientKind', e.data->>'type',
                   (e.data->>'signedAt')::timestamptz, (e.data->>'expiresAt')::timestamptz, e.seq_id, e.id from events e
            on conflict do nothing
            """),
        new(
            "known-access-rights", AccessRights, Version: 1, ["access-right-received.v1"],
            """
            create table {table} (
                tenant_id       varchar     not null,
                recipient_id    varchar     not null,
                access_right_id varchar     not null,
                recipient_kind  varchar     not null,
                categories      varchar[]   not null,
                valid_from      timestamptz not null,
                valid_to        timestamptz null,
                position        bigint      not null,
                event_id        uuid        not null,
                primary key (tenant_id, recipient_id, access_right_id)
            )
            """,
            """
            insert into {table} (tenant_id, recipient_id, access_right_id, recipient_kind, categories, valid_from, valid_to, position, event_id)
            select e.tenant_id, e.data->>'recipientId', e.data->>'accessRightId', e.data->>'recipientKind', array(select jsonb_array_elements_text(e.data->'categories')),
                   (e.data->>'validFrom')::timestamptz, (e.data->>'validTo')::timestamptz, e.seq_id, e.id from events e
            on conflict do nothing
            """),
    ];
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.Consents;

/// <summary>What each person said on each purpose, as plans ask for it. Of what was said on one purpose the newest by Consent's position decides, in whatever order it came.</summary>
public static class ReceivedConsents
{
    public static InlineProjection Projection { get; } = new(
        "received-consents", "received_consent", Version: 1, ["consent-received.v1"],
        """
        create table {table} (
            tenant_id       varchar     not null,
            subject         varchar     not null,
            purpose         varchar     not null,
            source_position bigint      not null,
            statement       varchar     not null,
            stated_at       timestamptz not null,
            expires_at      timestamptz null,
            consent_id      uuid        not null,
            position        bigint      not null,
            primary key (tenant_id, subject, purpose, source_position)
        );
        create index {table}_position on {table} (position)
        """,
        """
        insert into {table} (tenant_id, subject, purpose, source_position, statement, stated_at, expires_at, consent_id, position)
        select e.tenant_id, e.data->>'subject', p.purpose, (e.data->>'sourcePosition')::bigint, e.data->>'statement', (e.data->>'statedAt')::timestamptz, (e.data->>'expiresAt')::timestamptz,
               (e.data->>'consentId')::uuid, e.seq_id
        from events e cross join lateral jsonb_array_elements_text(e.data->'purposes') as p(purpose)
        on conflict do nothing
        """);
}

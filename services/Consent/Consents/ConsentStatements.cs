using Integritet.Platform.EventStore;

namespace Integritet.Consent.Consents;

/// <summary>
/// What each person has said on each purpose, one row per statement. The newest statement decides; asked as of a position, the newest up to there. Kept in the transaction of the
/// statement itself, so a withdrawal binds from its commit.
/// </summary>
public static class ConsentStatements
{
    public const string Table = "consent_statement";

    public static InlineProjection Projection { get; } = new(
        "consent-statements", Table, Version: 2,
        ["consent-given.v1", "consent-refused.v1", "consent-withdrawn.v1"],
        """
        create table {table} (
            tenant_id  varchar     not null,
            subject    varchar     not null,
            purpose    varchar     not null,
            position   bigint      not null,
            status     varchar     not null,
            stated_at  timestamptz not null,
            expires_at timestamptz null,
            consent_id uuid        not null,
            event_id   uuid        not null,
            policy_version integer null,
            primary key (tenant_id, subject, purpose, position)
        );
        create index {table}_given on {table} (tenant_id, position) where status = 'given'
        """,
        """
        insert into {table} (tenant_id, subject, purpose, position, status, stated_at, expires_at, consent_id, event_id, policy_version)
        select e.tenant_id, e.data->>'subject', coalesce(p.value->>'purpose', p.value #>> '{}'), e.seq_id,
               case e.type when 'consent-given.v1' then 'given' when 'consent-refused.v1' then 'refused' else 'withdrawn' end,
               e.timestamp, (e.data->>'expiresAt')::timestamptz, (e.data->>'consentId')::uuid, e.id, (e.data->>'policyVersion')::integer
        from events e cross join lateral jsonb_array_elements(e.data->'purposes') p
        on conflict do nothing
        """);
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.LegalHolds;

/// <summary>The legal holds there are, and what each covers: one row per hold and thing covered (a subject, or one holding). Kept in the transaction of the hold itself, so a hold binds from its commit.</summary>
public static class LegalHoldRegister
{
    public const string Table = "legal_hold";

    public static InlineProjection Projection { get; } = new(
        "legal-holds", Table, Version: 1, ["legal-hold-placed.v1", "legal-hold-released.v1"],
        """
        create table {table} (
            tenant_id   varchar     not null,
            hold_id     uuid        not null,
            legal_case  varchar     not null,
            subject     varchar     null,
            holding_id  uuid        null,
            position    bigint      not null,
            placed_at   timestamptz not null,
            released_at timestamptz null
        );
        create index {table}_hold on {table} (tenant_id, hold_id);
        create index {table}_subject on {table} (tenant_id, subject) where released_at is null and subject is not null;
        create index {table}_holding on {table} (tenant_id, holding_id) where released_at is null and holding_id is not null
        """,
        """
        with released as (
            update {table} h set released_at = (e.data->>'releasedAt')::timestamptz
            from events e
            where e.type = 'legal-hold-released.v1' and h.tenant_id = e.tenant_id and h.hold_id = (e.data->>'holdId')::uuid)
        insert into {table} (tenant_id, hold_id, legal_case, subject, holding_id, position, placed_at)
        select e.tenant_id, (e.data->>'holdId')::uuid, e.data->>'case', c.subject, c.holding_id, e.seq_id, (e.data->>'placedAt')::timestamptz
        from events e
        cross join lateral (
            select e.data->>'subject' as subject, null::uuid as holding_id where e.data->>'subject' is not null
            union all
            select null, h.value::uuid from jsonb_array_elements_text(e.data->'holdings') h) c
        where e.type = 'legal-hold-placed.v1'
        """);
}

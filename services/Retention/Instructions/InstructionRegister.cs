using Integritet.Platform.EventStore;

namespace Integritet.Retention.Instructions;

/// <summary>
/// Every instruction and how it stands: what systems of record list, what is told again, and what keeps a holding from being instructed twice. A confirmed one stays confirmed, whatever comes later;
/// one that a hold took back is issued again by the same id after the release.
/// </summary>
public static class InstructionRegister
{
    public const string Table = "instruction";

    public static InlineProjection Projection { get; } = new(
        "instructions", Table, Version: 2,
        ["instructions-issued.v1", "instruction-confirmed.v1", "instruction-failed.v1", "instruction-retried.v1", "instruction-escalated.v1", "record-keys-destroyed.v1", "legal-hold-placed.v1"],
        """
        create table {table} (
            tenant_id         varchar     not null,
            instruction_id    uuid        not null,
            holding_id        uuid        not null,
            subject           varchar     not null,
            system            varchar     not null,
            reference         varchar     not null,
            action            varchar     not null,
            move_to           varchar     null,
            rule              varchar     not null,
            due_at            timestamptz not null,
            deadline          timestamptz not null,
            run_id            uuid        null,
            status            varchar     not null,
            attempt           integer     not null,
            next_at           timestamptz not null,
            escalated_at      timestamptz null,
            confirmed_at      timestamptz null,
            evidence          varchar     null,
            keys_forgotten_at timestamptz null,
            position          bigint      not null,
            primary key (tenant_id, instruction_id)
        );
        create index {table}_holding on {table} (tenant_id, holding_id);
        create index {table}_system on {table} (tenant_id, system, position, instruction_id);
        create index {table}_open on {table} (next_at) where status in ('issued', 'failed');
        create index {table}_keys on {table} (tenant_id) where status = 'confirmed' and action <> 'move' and keys_forgotten_at is null
        """,
        """
        with batches as materialized (
            -- An event of a thousand is large: its members are taken out of it once, not for every item.
            select e.tenant_id, e.seq_id, (e.data->>'runId')::uuid as run_id, e.data->'items' as items from events e where e.type = 'instructions-issued.v1'),
        issued as (
            insert into {table} as i (tenant_id, instruction_id, holding_id, subject, system, reference, action, move_to, rule, due_at, deadline, run_id, status, attempt, next_at, position)
            select b.tenant_id, (o->>'instructionId')::uuid, (o->>'holdingId')::uuid, o->>'subject', o->>'system', o->>'reference', o->>'action', o->>'moveTo', o->>'rule',
                   (o->>'dueAt')::timestamptz, (o->>'deadline')::timestamptz, b.run_id, 'issued', 1, (o->>'deadline')::timestamptz, b.seq_id
            from batches b cross join lateral jsonb_array_elements(b.items) o
            on conflict (tenant_id, instruction_id) do update
            set status = 'issued', rule = excluded.rule, due_at = excluded.due_at, deadline = excluded.deadline, run_id = excluded.run_id, next_at = excluded.next_at, position = excluded.position
            where i.status = 'recalled'),
        changes as (
            select distinct on (tenant_id, instruction_id) *
            from (
                select e.tenant_id, e.seq_id, e.type, e.data, coalesce(e.data->>'instructionId', e.data->'instruction'->>'instructionId')::uuid as instruction_id
                from events e where e.type not in ('instructions-issued.v1', 'legal-hold-placed.v1')
                union all
                select e.tenant_id, e.seq_id, e.type, '{}'::jsonb, (r->>'instructionId')::uuid
                from events e cross join lateral jsonb_array_elements(e.data->'recalled') r
                where e.type = 'legal-hold-placed.v1') c
            order by tenant_id, instruction_id, (type = 'instruction-confirmed.v1') desc, seq_id desc)
        update {table} i
        set status = case c.type
                when 'instruction-confirmed.v1' then 'confirmed' when 'instruction-failed.v1' then 'failed' when 'instruction-retried.v1' then 'issued'
                when 'legal-hold-placed.v1' then 'recalled' else i.status end,
            attempt = coalesce((c.data->>'attempt')::integer, i.attempt),
            next_at = coalesce((c.data->>'tellAgainAt')::timestamptz, i.next_at),
            escalated_at = coalesce((c.data->>'escalatedAt')::timestamptz, i.escalated_at),
            confirmed_at = coalesce((c.data->>'confirmedAt')::timestamptz, i.confirmed_at),
            evidence = coalesce(c.data->>'evidence', i.evidence),
            keys_forgotten_at = coalesce((c.data->>'forgottenAt')::timestamptz, i.keys_forgotten_at)
        from changes c
        where i.tenant_id = c.tenant_id and i.instruction_id = c.instruction_id and (i.status <> 'confirmed' or c.type = 'record-keys-destroyed.v1')
        """);
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.Instructions;

/// <summary>
/// Every instruction and how it stands: what systems of record list, what is told again, and what keeps a holding from being instructed twice. A confirmed one stays confirmed, whatever comes later;
/// one that a hold took back is issued again by the same id after the release.
/// </summary>
public static class InstructionRegister
{
    public const string Table = "instruction";

    /// <remarks>
    /// One statement may see an issue together with what followed on it, as a rebuild does: then what is inserted is what became of it. Of what happened to one instruction the later by position decides, and a
    /// confirmation always.
    /// </remarks>
    public static InlineProjection Projection { get; } = new(
        "instructions", Table, Version: 3,
        ["instructions-issued.v1", "instruction-confirmed.v1", "instruction-failed.v1", "instruction-retried.v1", "instruction-escalated.v1", "record-keys-destroyed.v1", "legal-hold-placed.v1", "instructions-recalled.v1"],
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
            status_position   bigint      not null,
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
            select distinct on (b.tenant_id, (o->>'instructionId')::uuid) b.tenant_id, (o->>'instructionId')::uuid as instruction_id, b.seq_id, b.run_id, o
            from batches b cross join lateral jsonb_array_elements(b.items) o
            order by b.tenant_id, (o->>'instructionId')::uuid, b.seq_id desc),
        happened as (
            select e.tenant_id, e.seq_id, e.data, coalesce(e.data->>'instructionId', e.data->'instruction'->>'instructionId')::uuid as instruction_id,
                   case e.type when 'instruction-confirmed.v1' then 'confirmed' when 'instruction-failed.v1' then 'failed' when 'instruction-retried.v1' then 'issued' end as status
            from events e where e.type not in ('instructions-issued.v1', 'legal-hold-placed.v1', 'instructions-recalled.v1')
            union all
            select e.tenant_id, e.seq_id, '{}'::jsonb, (r->>'instructionId')::uuid, 'recalled'
            from events e cross join lateral jsonb_array_elements(e.data->'recalled') r
            where e.type in ('legal-hold-placed.v1', 'instructions-recalled.v1')),
        told as (
            select tenant_id, instruction_id, (array_agg(status order by status = 'confirmed' desc, seq_id desc) filter (where status is not null))[1] as status,
                   coalesce(max(seq_id) filter (where status is not null), 0) as status_position, max((data->>'attempt')::integer) as attempt, max((data->>'tellAgainAt')::timestamptz) as next_at,
                   max((data->>'escalatedAt')::timestamptz) as escalated_at, max((data->>'confirmedAt')::timestamptz) as confirmed_at, max(data->>'evidence') as evidence,
                   max((data->>'forgottenAt')::timestamptz) as keys_forgotten_at
            from happened group by tenant_id, instruction_id),
        inserted as (
            insert into {table} as i (
                tenant_id, instruction_id, holding_id, subject, system, reference, action, move_to, rule, due_at, deadline, run_id, position, status, status_position, attempt, next_at,
                escalated_at, confirmed_at, evidence, keys_forgotten_at)
            select s.tenant_id, s.instruction_id, (o->>'holdingId')::uuid, o->>'subject', o->>'system', o->>'reference', o->>'action', o->>'moveTo', o->>'rule',
                   (o->>'dueAt')::timestamptz, (o->>'deadline')::timestamptz, s.run_id, s.seq_id,
                   case when t.status = 'confirmed' or t.status_position > s.seq_id then t.status else 'issued' end, greatest(s.seq_id, t.status_position), coalesce(t.attempt, 1),
                   case when t.status_position > s.seq_id then coalesce(t.next_at, (o->>'deadline')::timestamptz) else (o->>'deadline')::timestamptz end,
                   t.escalated_at, t.confirmed_at, t.evidence, t.keys_forgotten_at
            from issued s left join told t on t.tenant_id = s.tenant_id and t.instruction_id = s.instruction_id
            on conflict (tenant_id, instruction_id) do update
            set status = excluded.status, status_position = excluded.status_position, rule = excluded.rule, due_at = excluded.due_at, deadline = excluded.deadline, run_id = excluded.run_id,
                next_at = excluded.next_at, position = excluded.position, attempt = greatest(i.attempt, excluded.attempt), escalated_at = coalesce(excluded.escalated_at, i.escalated_at),
                confirmed_at = excluded.confirmed_at, evidence = excluded.evidence, keys_forgotten_at = excluded.keys_forgotten_at
            where i.status <> 'confirmed' and excluded.position > i.status_position)
        update {table} i
        set status = case when t.status = 'confirmed' or t.status_position > i.status_position then t.status else i.status end,
            status_position = greatest(i.status_position, t.status_position),
            attempt = greatest(i.attempt, t.attempt),
            next_at = case when t.status_position > i.status_position then coalesce(t.next_at, i.next_at) else i.next_at end,
            escalated_at = coalesce(t.escalated_at, i.escalated_at),
            confirmed_at = coalesce(t.confirmed_at, i.confirmed_at),
            evidence = coalesce(t.evidence, i.evidence),
            keys_forgotten_at = coalesce(t.keys_forgotten_at, i.keys_forgotten_at)
        from told t
        where i.tenant_id = t.tenant_id and i.instruction_id = t.instruction_id and (i.status <> 'confirmed' or t.keys_forgotten_at is not null)
          and not exists (select from issued s where s.tenant_id = t.tenant_id and s.instruction_id = t.instruction_id)
        """,
        "(e.tenant_id, case when e.type = 'instructions-issued.v1' then e.seq_id::text else e.stream_id end)");
}

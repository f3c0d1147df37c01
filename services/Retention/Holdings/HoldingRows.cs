using Integritet.Platform.EventStore;

namespace Integritet.Retention.Holdings;

/// <summary>
/// Every holding, one row each, made for work on a million of them: facts as registered, status, and the plan as it was last computed. The plan's columns come from the registration and are then kept up to
/// date by the planner, outside the projection: they are derived, and computed anew after a rebuild. A row whose plan was made on older facts than those stored when it was inserted is marked <c>stale</c>.
/// </summary>
public static class HoldingRows
{
    public const string Table = "holding";

    /// <summary>Not instructed, not gone.</summary>
    public const string Held = "held";

    /// <summary>Its system is told to erase, anonymise or move it, and has not confirmed yet.</summary>
    public const string Instructed = "instructed";

    /// <summary>It has moved: its erasure is instructed next.</summary>
    public const string Moved = "moved";

    /// <summary>Its system has confirmed the erasure.</summary>
    public const string Erased = "erased";

    /// <summary>Its system has confirmed the anonymisation.</summary>
    public const string Anonymised = "anonymised";

    /// <remarks>
    /// Registrations are told apart by their position and confirmations by their holding, so that they go together; everything else of a controller goes one after the other. So one statement may see a
    /// registration together with what followed on it, and a rebuild may see a confirmation before the instruction: an insert looks at both, and the later event by position decides the status. A confirmation wins
    /// over a hold that was placed at the same time, and nothing brings back what is gone.
    /// </remarks>
    public static InlineProjection Projection { get; } = new(
        "holdings", Table, Version: 5,
        ["holding-registered.v1", "holdings-imported.v1", "holdings-imported.v2", "instructions-issued.v1", "instruction-confirmed.v1", "legal-hold-placed.v1", "instructions-recalled.v1"],
        """
        create table {table} (
            tenant_id           varchar     not null,
            holding_id          uuid        not null,
            generation          integer     not null,
            system              varchar     not null,
            reference           varchar     not null,
            subject             varchar     not null,
            customer            varchar     null,
            categories          varchar[]   not null,
            purposes            varchar[]   not null,
            recorded_at         timestamptz not null,
            relevant            boolean     not null,
            customer_owned      boolean     not null,
            customer_controlled boolean     not null,
            position            bigint      not null,
            status              varchar     not null,
            status_position     bigint      not null,
            rule                varchar     not null,
            act                 varchar     not null,
            move_to             varchar     null,
            due_at              timestamptz null,
            run_at              timestamptz null,
            review_at           timestamptz null,
            stale               boolean     not null,
            gone_at             timestamptz null,
            primary key (tenant_id, holding_id)
        );
        create unique index {table}_key on {table} (tenant_id, system, reference, generation);
        create index {table}_subject on {table} (tenant_id, subject, holding_id);
        create index {table}_customer on {table} (tenant_id, customer, holding_id) where customer is not null;
        create index {table}_due on {table} (tenant_id, due_at) include (holding_id, rule, act, status, stale, run_at) where status in ('held', 'moved');
        create index {table}_at_once on {table} (tenant_id) where status = 'moved' or (status = 'held' and run_at = recorded_at);
        create index {table}_stale on {table} (tenant_id, holding_id) where stale
        """,
        """
        with told as materialized (
            -- Large: as a record, it is unpacked once for all members. What is registered by itself is a line by itself.
            select e.tenant_id, e.seq_id, e.timestamp, d."knownTo" as known_to, d."policyVersion" as policy_version, d.groups,
                   case e.type when 'holding-registered.v1' then jsonb_build_array(e.data) else d.holdings end as lines
            from events e cross join lateral jsonb_to_record(e.data) as d("knownTo" bigint, "policyVersion" integer, holdings jsonb, groups jsonb)
            where e.type in ('holding-registered.v1', 'holdings-imported.v1', 'holdings-imported.v2')
        ), grouped as materialized (
            select t.tenant_id, t.seq_id, g.*
            from told t cross join lateral jsonb_to_recordset(t.groups) as g(
                system varchar, categories varchar[], purposes varchar[], relevant boolean, "customerOwned" boolean, "customerControlled" boolean, rule varchar, act varchar, "moveTo" varchar,
                "holdingIds" jsonb, generations jsonb, "references" jsonb, subjects jsonb, customers jsonb, "recordedAt" jsonb, "dueAt" jsonb, "runAt" jsonb, "reviewAt" jsonb)
        ), registered as (
            select t.tenant_id, t.seq_id, (l.line->>'holdingId')::uuid as id, (l.line->>'generation')::integer as generation, d.system, d.reference, d.subject, d.customer, d.categories, d.purposes,
                   d."recordedAt" as recorded_at, d.relevant, d."customerOwned" as customer_owned, d."customerControlled" as customer_controlled,
                   p.rule, p.act, p."moveTo" as move_to, p."dueAt" as due_at, p."runAt" as run_at, p."reviewAt" as review_at
            from told t cross join lateral jsonb_array_elements(t.lines) as l(line)
            cross join lateral jsonb_to_record(l.line->'data') as d(
                system varchar, reference varchar, subject varchar, customer varchar, categories varchar[], purposes varchar[], "recordedAt" timestamptz,
                relevant boolean, "customerOwned" boolean, "customerControlled" boolean)
            cross join lateral jsonb_to_record(l.line->'plan') as p(rule varchar, act varchar, "moveTo" varchar, "dueAt" timestamptz, "runAt" timestamptz, "reviewAt" timestamptz)
            union all
            select g.tenant_id, g.seq_id, l.id::uuid, coalesce(l.generation::integer, 1), g.system, l.reference, l.subject, l.customer, g.categories, g.purposes,
                   l.recorded_at::timestamptz, g.relevant, g."customerOwned", g."customerControlled", g.rule, g.act, g."moveTo", l.due_at::timestamptz, l.run_at::timestamptz, l.review_at::timestamptz
            from grouped g cross join lateral rows from (
                jsonb_array_elements_text(g."holdingIds"), jsonb_array_elements_text(g.generations), jsonb_array_elements_text(g."references"), jsonb_array_elements_text(g.subjects),
                jsonb_array_elements_text(g.customers), jsonb_array_elements_text(g."recordedAt"), jsonb_array_elements_text(g."dueAt"), jsonb_array_elements_text(g."runAt"),
                jsonb_array_elements_text(g."reviewAt")) as l(id, generation, reference, subject, customer, recorded_at, due_at, run_at, review_at)
        ), newer as materialized (
            -- One row for each event, looked up for each of its holdings.
            select r.tenant_id, r.seq_id
            from told r
            where exists (select from retention_trigger t where t.tenant_id = r.tenant_id and t.position > r.known_to and t.position < r.seq_id)
               or exists (select from retention_agreement a where a.tenant_id = r.tenant_id and a.position > r.known_to and a.position < r.seq_id)
               or exists (select from received_consent c where c.tenant_id = r.tenant_id and c.position > r.known_to and c.position < r.seq_id)
               or exists (select from subject_link l where l.tenant_id = r.tenant_id and l.from_position > r.known_to and l.from_position < r.seq_id)
               or exists (select from subject_link l where l.tenant_id = r.tenant_id and l.until_position > r.known_to and l.until_position < r.seq_id)
               or exists (select from received_policy p where p.tenant_id = r.tenant_id and p.version > r.policy_version and p.effective_from <= r.timestamp)
        ), happened as (
            select e.tenant_id, e.seq_id, case e.type when 'instructions-issued.v1' then e.type else 'recalled' end as type, (i.item->>'holdingId')::uuid as id, i.item->>'action' as action, null::timestamptz as at
            from events e cross join lateral jsonb_array_elements(case e.type when 'instructions-issued.v1' then e.data->'items' else e.data->'recalled' end) as i(item)
            where e.type in ('instructions-issued.v1', 'legal-hold-placed.v1', 'instructions-recalled.v1')
            union all
            select e.tenant_id, e.seq_id, e.type, (e.data->>'holdingId')::uuid, e.data->>'action', (e.data->>'confirmedAt')::timestamptz
            from events e where e.type = 'instruction-confirmed.v1'
        ), latest as (
            select distinct on (tenant_id, id) * from happened order by tenant_id, id, (type = 'instruction-confirmed.v1') desc, seq_id desc
        ), changed as (
            update {table} h
            set status = case c.type
                    when 'instructions-issued.v1' then 'instructed'
                    when 'instruction-confirmed.v1' then case c.action when 'move' then 'moved' when 'anonymise' then 'anonymised' else 'erased' end
                    else case when c.action <> 'move' and h.act = 'move-then-erase' then 'moved' else 'held' end end,
                -- What came to be known while it was instructed is still to be taken into its plan.
                stale = h.stale or (c.type = 'recalled' and (c.action = 'move' or h.act <> 'move-then-erase')),
                gone_at = case when c.type = 'instruction-confirmed.v1' and c.action <> 'move' then c.at end, status_position = c.seq_id
            from latest c
            where h.tenant_id = c.tenant_id and h.holding_id = c.id and h.status_position < c.seq_id
              and case c.type when 'instructions-issued.v1' then h.status in ('held', 'moved') when 'instruction-confirmed.v1' then h.status not in ('erased', 'anonymised') else h.status = 'instructed' end
        )
        insert into {table} (
            tenant_id, holding_id, generation, system, reference, subject, customer, categories, purposes, recorded_at, relevant, customer_owned, customer_controlled,
            position, status, status_position, gone_at, rule, act, move_to, due_at, run_at, review_at, stale)
        select r.tenant_id, r.id, r.generation, r.system, r.reference, r.subject, r.customer, r.categories, r.purposes, r.recorded_at,
               coalesce(r.relevant, false), coalesce(r.customer_owned, false), coalesce(r.customer_controlled, false),
               r.seq_id,
               case c.type
                   when 'instructions-issued.v1' then 'instructed'
                   when 'instruction-confirmed.v1' then case c.action when 'move' then 'moved' when 'anonymise' then 'anonymised' else 'erased' end
                   when 'recalled' then case when c.action <> 'move' and r.act = 'move-then-erase' then 'moved' else 'held' end
                   else 'held' end,
               coalesce(c.seq_id, r.seq_id), case when c.type = 'instruction-confirmed.v1' and c.action <> 'move' then c.at end,
               r.rule, r.act, r.move_to, r.due_at, r.run_at, r.review_at,
               n.seq_id is not null or c.type is not distinct from 'recalled'
        from registered r
        left join latest c on c.tenant_id = r.tenant_id and c.id = r.id
        left join newer n on n.tenant_id = r.tenant_id and n.seq_id = r.seq_id
        """,
        "(e.tenant_id, case when e.type in ('holding-registered.v1', 'holdings-imported.v1', 'holdings-imported.v2') then e.seq_id::text when e.type = 'instruction-confirmed.v1' then e.data->>'holdingId' end)");
}

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

    /// <remarks>
    /// Registrations are told apart by their position, so that they go together; everything else of a controller goes one after the other. A status event may stand in one statement with the registration of
    /// its holding: only an insert sees both then.
    /// </remarks>
    public static InlineProjection Projection { get; } = new(
        "holdings", Table, Version: 1,
        ["holding-registered.v1", "holdings-imported.v1"],
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
            rule                varchar     not null,
            act                 varchar     not null,
            move_to             varchar     null,
            due_at              timestamptz null,
            run_at              timestamptz null,
            review_at           timestamptz null,
            stale               boolean     not null,
            primary key (tenant_id, holding_id)
        );
        create unique index {table}_key on {table} (tenant_id, system, reference, generation);
        create index {table}_subject on {table} (tenant_id, subject);
        create index {table}_customer on {table} (tenant_id, customer) where customer is not null;
        create index {table}_due on {table} (tenant_id, due_at) where due_at is not null and status = 'held';
        create index {table}_stale on {table} (tenant_id, holding_id) where stale
        """,
        """
        with registered as (
            select e.tenant_id, e.seq_id, (e.data->>'holdingId')::uuid as id, (e.data->>'generation')::integer as generation, e.data->'data' as held, e.data->'plan' as plan,
                   (e.data->>'knownTo')::bigint as known_to
            from events e where e.type = 'holding-registered.v1'
            union all
            select e.tenant_id, e.seq_id, (l.line->>'holdingId')::uuid, (l.line->>'generation')::integer, l.line->'data', l.line->'plan', (e.data->>'knownTo')::bigint
            from events e cross join lateral jsonb_array_elements(e.data->'holdings') as l(line) where e.type = 'holdings-imported.v1'
        ), newer as (
            select r.tenant_id, r.seq_id
            from (select distinct tenant_id, seq_id, known_to from registered) r
            where exists (select from retention_trigger t where t.tenant_id = r.tenant_id and t.position > r.known_to and t.position < r.seq_id)
               or exists (select from retention_agreement a where a.tenant_id = r.tenant_id and a.position > r.known_to and a.position < r.seq_id)
               or exists (select from received_policy p where p.tenant_id = r.tenant_id and p.position > r.known_to and p.position < r.seq_id)
        )
        insert into {table} (
            tenant_id, holding_id, generation, system, reference, subject, customer, categories, purposes, recorded_at, relevant, customer_owned, customer_controlled,
            position, status, rule, act, move_to, due_at, run_at, review_at, stale)
        select r.tenant_id, r.id, r.generation, h.system, h.reference, h.subject, h.customer, h.categories, h.purposes, h."recordedAt",
               coalesce(h.relevant, false), coalesce(h."customerOwned", false), coalesce(h."customerControlled", false),
               r.seq_id, 'held', p.rule, p.act, p."moveTo", p."dueAt", p."runAt", p."reviewAt", n.seq_id is not null
        from registered r
        cross join lateral jsonb_to_record(r.held) as h(
            system varchar, reference varchar, subject varchar, customer varchar, categories varchar[], purposes varchar[], "recordedAt" timestamptz,
            relevant boolean, "customerOwned" boolean, "customerControlled" boolean)
        cross join lateral jsonb_to_record(r.plan) as p(rule varchar, act varchar, "moveTo" varchar, "dueAt" timestamptz, "runAt" timestamptz, "reviewAt" timestamptz)
        left join newer n on n.tenant_id = r.tenant_id and n.seq_id = r.seq_id
        """,
        "(e.tenant_id, case when e.type in ('holding-registered.v1', 'holdings-imported.v1') then e.seq_id end)");
}

using Integritet.Platform.EventStore;

namespace Integritet.Platform.Policies;

/// <summary>Every policy version received, as the newest message about it says. Read at start and whenever there is something new; never by a request.</summary>
public static class ReceivedPolicies
{
    /// <summary>The read model that <see cref="LocalPolicies"/> look at; a service that keeps policies has it among its projections.</summary>
    public static InlineProjection Projection { get; } = new(
        "received-policies", "received_policy", Version: 1, ["policy-received.v1"],
        """
        create table {table} (
            tenant_id      varchar     not null,
            version        integer     not null,
            hash           varchar     not null,
            document       text        not null,
            effective_from timestamptz not null,
            known_from     bigint      not null,
            position       bigint      not null,
            primary key (tenant_id, version)
        );
        create index {table}_position on {table} (position)
        """,
        """
        insert into {table} as p (tenant_id, version, hash, document, effective_from, known_from, position)
        select e.tenant_id, (e.data->>'version')::integer, e.data->>'hash', e.data->>'document', (e.data->>'effectiveFrom')::timestamptz, e.seq_id, e.seq_id
        from events e
        on conflict (tenant_id, version) do update
        set hash = excluded.hash, document = excluded.document, effective_from = excluded.effective_from, position = excluded.position
        where p.position < excluded.position
        """,
        "(e.tenant_id, e.data->>'version')");
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.Agreements;

/// <summary>Every agreement on retention, one row for each category it covers.</summary>
public static class AgreementRows
{
    public static InlineProjection Projection { get; } = new(
        "retention-agreements", "retention_agreement", Version: 1, ["retention-agreed.v1"],
        """
        create table {table} (
            tenant_id    varchar     not null,
            customer     varchar     not null,
            category     varchar     not null,
            position     bigint      not null,
            agreement_id uuid        not null,
            keep_for     varchar     not null,
            agreed_at    timestamptz not null,
            reference    varchar     not null,
            primary key (tenant_id, customer, category, position)
        );
        create index {table}_position on {table} (position)
        """,
        """
        insert into {table} (tenant_id, customer, category, position, agreement_id, keep_for, agreed_at, reference)
        select e.tenant_id, e.data->>'customer', c.category, e.seq_id, (e.data->>'agreementId')::uuid, e.data->>'keepFor', (e.data->>'agreedAt')::timestamptz, e.data->>'reference'
        from events e cross join lateral jsonb_array_elements_text(e.data->'categories') as c(category)
        """);
}

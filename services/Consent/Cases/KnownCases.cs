using Integritet.Platform.EventStore;

namespace Integritet.Consent.Cases;

/// <summary>What decisions look up of cases: how each stood from which position of this log on, and whom it covers.</summary>
public static class KnownCases
{
    public const string Cases = "known_case";
    public const string Subjects = "known_case_subject";

    public static IReadOnlyList<InlineProjection> Projections { get; } =
    [
        new(
            "known-cases", Cases, Version: 1, ["case-received.v1"],
            """
            create table {table} (
                tenant_id varchar not null,
                case_id   varchar not null,
                position  bigint  not null,
                reference varchar not null,
                kind      varchar not null,
                open      boolean not null,
                limited   boolean not null,
                event_id  uuid    not null,
                primary key (tenant_id, case_id, position)
            );
            create index {table}_reference on {table} (tenant_id, reference, position)
            """,
            """
            insert into {table} (tenant_id, case_id, position, reference, kind, open, limited, event_id)
            select e.tenant_id, e.data->>'caseId', e.seq_id, e.data->>'reference', e.data->>'kind', (e.data->>'open')::boolean, (e.data->>'limited')::boolean, e.id from events e
            on conflict do nothing
            """),
        new(
            "known-case-subjects", Subjects, Version: 1, ["case-subjects-received.v1"],
            """
            create table {table} (
                tenant_id varchar not null,
                case_id   varchar not null,
                subject   varchar not null,
                position  bigint  not null,
                event_id  uuid    not null,
                primary key (tenant_id, case_id, subject)
            )
            """,
            """
            insert into {table} (tenant_id, case_id, subject, position, event_id)
            select e.tenant_id, e.data->>'caseId', s.value, e.seq_id, e.id from events e cross join lateral jsonb_array_elements_text(e.data->'pseudonyms') s
            on conflict do nothing
            """),
    ];
}

using Integritet.Platform.EventStore;

namespace Integritet.Retention.LegalHolds;

/// <summary>The cases that are legal holds, and whom cases cover, from which position of this service's log on: they come in any order.</summary>
public static class PreservationCases
{
    public const string Cases = "preservation_case";
    public const string Subjects = "case_subject";

    public static InlineProjection Projection { get; } = new(
        "preservation-cases", Cases, Version: 1, ["case-told.v1"],
        """
        create table {table} (
            tenant_id      varchar     not null,
            case_id        uuid        not null,
            reference      varchar     not null,
            limited        boolean     not null,
            from_position  bigint      not null,
            until_position bigint      null,
            since          timestamptz not null,
            until          timestamptz null,
            primary key (tenant_id, case_id)
        )
        """,
        // A closure that overtakes its opening is all that is ever known of the case: it holds nothing.
        $$"""
        insert into {table} as c (tenant_id, case_id, reference, limited, from_position, until_position, since, until)
        select e.tenant_id, (e.data->>'caseId')::uuid, e.data->>'reference', (e.data->>'limited')::boolean, e.seq_id,
               case when not (e.data->>'open')::boolean then e.seq_id end, e.timestamp, case when not (e.data->>'open')::boolean then e.timestamp end
        from events e
        where e.data->>'kind' = '{{CaseTold.Preservation}}'
        on conflict (tenant_id, case_id) do update set until_position = excluded.until_position, until = excluded.until
        """);

    public static InlineProjection SubjectsProjection { get; } = new(
        "case-subjects", Subjects, Version: 1, ["case-subjects-told.v1"],
        """
        create table {table} (
            tenant_id varchar     not null,
            case_id   uuid        not null,
            subject   varchar     not null,
            position  bigint      not null,
            since     timestamptz not null,
            primary key (tenant_id, case_id, subject)
        )
        """,
        """
        insert into {table} (tenant_id, case_id, subject, position, since)
        select e.tenant_id, (e.data->>'caseId')::uuid, s.value, e.seq_id, e.timestamp from events e cross join lateral jsonb_array_elements_text(e.data->'pseudonyms') s
        on conflict do nothing
        """);
}

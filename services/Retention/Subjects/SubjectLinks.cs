using Integritet.Platform.EventStore;

namespace Integritet.Retention.Subjects;

/// <summary>Which identifiers are joined, from which position of this service's log to which. Links that share an identifier join all of theirs.</summary>
public static class SubjectLinks
{
    public static InlineProjection Projection { get; } = new(
        "subject-links", "subject_link", Version: 1, ["subject-link-received.v1"],
        """
        create table {table} (
            tenant_id      varchar not null,
            link_id        uuid    not null,
            subject        varchar not null,
            from_position  bigint  not null,
            until_position bigint  null,
            primary key (tenant_id, link_id, subject, from_position)
        );
        create index {table}_subject on {table} (tenant_id, subject);
        create index {table}_from on {table} (from_position);
        create index {table}_until on {table} (until_position) where until_position is not null
        """,
        """
        with ended as (
            update {table} l set until_position = e.seq_id from events e
            where l.tenant_id = e.tenant_id and l.link_id = (e.data->>'linkId')::uuid and l.until_position is null)
        insert into {table} (tenant_id, link_id, subject, from_position)
        select e.tenant_id, (e.data->>'linkId')::uuid, j.subject, e.seq_id
        from events e cross join lateral jsonb_array_elements_text(e.data->'joined') as j(subject)
        where (e.data->>'linked')::boolean
        """);

    /// <summary>
    /// A recursive query <c>person(origin, subject)</c>: each of the pseudonyms in parameter <paramref name="subjects"/> with every identifier of the same person, as linked at position
    /// <paramref name="upTo"/>; parameter <c>$1</c> is the controller.
    /// </summary>
    public static string PersonSql(string subjects, string upTo) =>
        $"""
        recursive person(origin, subject) as (
            select k.subject, k.subject from unnest({subjects}) as k(subject)
            union
            select p.origin, other.subject
            from person p
            join subject_link own on own.tenant_id = $1 and own.subject = p.subject and own.from_position <= {upTo} and (own.until_position is null or own.until_position > {upTo})
            join subject_link other on other.tenant_id = $1 and other.link_id = own.link_id and other.from_position = own.from_position)
        """;
}

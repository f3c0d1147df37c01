using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Subjects;

/// <summary>
/// Which identifiers are one person's: those that recorded links join, directly or through others, at a position of the log. Two links that share an identifier join all of theirs; taking a link away parts
/// from then on what only it joined.
/// </summary>
public sealed class LinkSets(NpgsqlDataSource dataSource)
{
    /// <summary>Each identifier of each link that has been recorded, from the position of its recording to that of its removal.</summary>
    public static InlineProjection Projection { get; } = new(
        "subject-links", "subject_link", Version: 1, ["subjects-linked.v1", "subject-link-removed.v1"],
        """
        create table {table} (
            tenant_id        varchar not null,
            subject          varchar not null,
            link_id          uuid    not null,
            position         bigint  not null,
            removed_position bigint  null,
            event_id         uuid    not null,
            primary key (tenant_id, subject, link_id, position)
        );
        create index {table}_link on {table} (tenant_id, link_id, position);
        create index {table}_position on {table} (tenant_id, position)
        """,
        """
        with removed as (
            update {table} t set removed_position = e.seq_id
            from events e
            where t.tenant_id = e.tenant_id and t.link_id = (e.data->>'linkId')::uuid and t.position < e.seq_id and t.removed_position is null)
        insert into {table} (tenant_id, subject, link_id, position, event_id)
        select e.tenant_id, s.value #>> '{}', (e.data->>'linkId')::uuid, e.seq_id, e.id
        from events e cross join lateral jsonb_array_elements(e.data->'subjects') s
        where e.type = 'subjects-linked.v1'
        on conflict do nothing
        """);

    /// <summary>
    /// SQL of a recursive table <c>linked(of_subject, subject, link_id, event_id, position)</c>: every identifier of the person behind each of <paramref name="subjects"/>, with the link that leads to it (none
    /// for the one asked about). Parameters: <c>$1</c> controller, <c>$2</c> the position up to which links count.
    /// </summary>
    internal static string Sql(string subjects) =>
        $"""

        linked(of_subject, subject, link_id, event_id, position) as (
            select s.about, s.about, null::uuid, null::uuid, null::bigint from ({subjects}) s(about)
            union
            select l.of_subject, other.subject, other.link_id, other.event_id, other.position
            from linked l
            join subject_link own on own.tenant_id = $1 and own.subject = l.subject and own.position <= $2 and (own.removed_position is null or own.removed_position > $2)
            join subject_link other on other.tenant_id = $1 and other.link_id = own.link_id and other.position = own.position)
        """;

    /// <summary>All identifiers of the person behind one, itself included, as of a position.</summary>
    public Task<IReadOnlyList<string>> OfAsync(string controller, string subject, long upToPosition, CancellationToken cancel) =>
        Outage.TranslateAsync(ReadAsync(controller, [subject], upToPosition, cancel));

    /// <summary>How many identifiers the people behind some have between them, and how many links join those.</summary>
    public Task<LinkSetSize> SizeAsync(string controller, IReadOnlyList<string> subjects, CancellationToken cancel) => Outage.TranslateAsync(ReadSizeAsync(controller, subjects, cancel));

    /// <summary>Whether a caller may see or act on a person: a subject only itself, by whichever of its identifiers; everybody else by role alone.</summary>
    public async Task<bool> MayConcernAsync(Caller caller, string controller, string subject, CancellationToken cancel) =>
        caller.MayConcern(subject)
        || (caller.Subject is { } own && (await OfAsync(controller, own, long.MaxValue, cancel)).Contains(subject, StringComparer.Ordinal));

    private async Task<IReadOnlyList<string>> ReadAsync(string controller, IReadOnlyList<string> subjects, long upToPosition, CancellationToken cancel)
    {
        await using var command = Command("distinct subject", controller, subjects, upToPosition);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<string>();
        while (await reader.ReadAsync(cancel))
            found.Add(reader.GetString(0));
        return found;
    }

    private async Task<LinkSetSize> ReadSizeAsync(string controller, IReadOnlyList<string> subjects, CancellationToken cancel)
    {
        await using var command = Command("count(distinct subject)::integer, count(distinct link_id)::integer", controller, subjects, long.MaxValue);
        await using var reader = await command.ExecuteReaderAsync(cancel);
        await reader.ReadAsync(cancel);
        return new LinkSetSize(reader.GetInt32(0), reader.GetInt32(1));
    }

    private NpgsqlCommand Command(string columns, string controller, IReadOnlyList<string> subjects, long upToPosition)
    {
        var command = dataSource.CreateCommand($"with recursive {Sql("select unnest($3)")} select {columns} from linked");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upToPosition });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. subjects], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        return command;
    }
}

/// <summary>How much is known of who somebody is.</summary>
public sealed record LinkSetSize(int Identifiers, int Links)
{
    /// <summary>Nothing is known.</summary>
    public static LinkSetSize None { get; } = new(0, 0);
}

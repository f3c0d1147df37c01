using Integritet.Retention.Holdings;
using Integritet.Retention.Subjects;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Planning;

/// <summary>A fact on which plans rest, and how to find the holdings it bears on.</summary>
/// <param name="Position">Its place in this service's log.</param>
/// <param name="Meets"><c>subject</c>, <c>customer</c> or <c>reference</c>.</param>
public sealed record FactChange(string Controller, long Position, string Meets, string Name);

/// <summary>Finds facts that came after a position, and the holdings each bears on.</summary>
public sealed class FactChanges(NpgsqlDataSource dataSource)
{
    /// <summary>The checkpoint up to which facts have been worked into the plans.</summary>
    public const string Checkpoint = "planning";

    /// <summary>As linked now.</summary>
    private const string Latest = "9223372036854775807";

    // Whole positions only: one event can be a fact about many, and the checkpoint passes it once.
    private const string AfterSql =
        """
        with next as (
            select position from (
                (select distinct position from retention_trigger where position > $1 order by position limit $2)
                union
                (select distinct position from retention_agreement where position > $1 order by position limit $2)
                union
                (select distinct position from received_consent where position > $1 order by position limit $2)
                union
                (select distinct from_position from subject_link where from_position > $1 order by from_position limit $2)
                union
                (select distinct until_position from subject_link where until_position > $1 order by until_position limit $2)) p(position)
            order by position limit $2)
        select t.tenant_id, t.position, t.meets, t.name from next join retention_trigger t on t.position = next.position
        union
        select a.tenant_id, a.position, 'customer', a.customer from next join retention_agreement a on a.position = next.position
        union
        select c.tenant_id, c.position, 'subject', c.subject from next join received_consent c on c.position = next.position
        union
        select l.tenant_id, l.from_position, 'subject', l.subject from next join subject_link l on l.from_position = next.position
        union
        select l.tenant_id, l.until_position, 'subject', l.subject from next join subject_link l on l.until_position = next.position
        order by position
        """;

    /// <summary>The facts of so many next positions, in order, and all of each.</summary>
    public async Task<IReadOnlyList<FactChange>> AfterAsync(long position, int limit, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(AfterSql);
        command.Parameters.AddRange((NpgsqlParameter[])[Number(position), Count(limit)]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        var changes = new List<FactChange>();
        while (await row.ReadAsync(cancel))
            changes.Add(new FactChange(row.GetString(0), row.GetInt64(1), row.GetString(2), row.GetString(3)));
        return changes;
    }

    /// <summary>Held holdings that a fact bears on, after one, in order of id.</summary>
    public Task<IReadOnlyList<HoldingRow>> MetByAsync(FactChange change, IReadOnlyCollection<string> systems, Guid after, int limit, CancellationToken cancel)
    {
        var condition = change.Meets switch
        {
            // A person is met under every identifier.
            "subject" => $"h.subject in (with {SubjectLinks.PersonSql("array[$2]", Latest)} select person.subject from person)",
            "customer" => "h.customer = $2",
            "reference" => "h.reference = $2 and h.system = any($5)",
            _ => throw new InvalidOperationException($"Facts do not meet holdings by {change.Meets}."),
        };
        NpgsqlParameter[] parameters = change.Meets == "reference"
            ? [Text(change.Controller), Text(change.Name), Id(after), Count(limit), Texts([.. systems])]
            : [Text(change.Controller), Text(change.Name), Id(after), Count(limit)];
        return HoldingRow.ReadAsync(dataSource, HoldingRow.Where($"{condition} and h.tenant_id = $1 and h.status = 'held' and h.holding_id > $3 order by h.holding_id limit $4", parameters), cancel);
    }
}

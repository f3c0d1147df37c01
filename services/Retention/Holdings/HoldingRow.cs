using Integritet.Platform.EventStore;
using Integritet.Retention.Subjects;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Holdings;

/// <summary>A holding as its row says.</summary>
/// <param name="Position">Of the event that registered it.</param>
public sealed record HoldingRow(Guid HoldingId, int Generation, HeldData Data, string Status, long Position)
{
    private const string Columns =
        "h.holding_id, h.generation, h.subject, h.system, h.reference, h.categories, h.purposes, h.recorded_at, h.customer, h.relevant, h.customer_owned, h.customer_controlled, h.status, h.position";

    /// <summary>Whether the system has confirmed that it no longer has it: its reference may come again.</summary>
    public bool IsGone => Status is HoldingRows.Erased or HoldingRows.Anonymised;

    /// <summary>Rows by a condition over <c>h</c>.</summary>
    public static NpgsqlBatchCommand Where(string condition, params ReadOnlySpan<NpgsqlParameter> parameters) => Command($"select {Columns} from holding h where {condition}", parameters);

    /// <summary>Rows by their ids; such as there are, in order of id.</summary>
    public static NpgsqlBatchCommand ByIds(string controller, Guid[] ids) =>
        Command($"select {Columns} from holding h where h.tenant_id = $1 and h.holding_id = any($2) order by h.holding_id", Text(controller), Ids(ids));

    /// <summary>Rows of a person, under any identifier, in order of id, after one.</summary>
    public static NpgsqlBatchCommand ByPerson(string controller, string subject, Guid after, long upTo, int limit) => Command(
        $"""
        with {SubjectLinks.PersonSql("array[$2]", "$4")}
        select {Columns} from holding h
        where h.tenant_id = $1 and h.subject in (select p.subject from person p) and h.holding_id > $3 and h.position <= $4 order by h.holding_id limit $5
        """,
        Text(controller), Text(subject), Id(after), Number(upTo), Count(limit));

    /// <summary>The newest row of each key that has one.</summary>
    /// <remarks>Written so that only one plan is at hand, a look into the index for each key: a join planned while the table was empty is kept and reads all of it when it has grown.</remarks>
    public static NpgsqlBatchCommand ByKeys(string controller, string[] systems, string[] references) => Command(
        $"""
        select h.* from unnest($2, $3) as k(system, reference)
        cross join lateral (
            select {Columns} from holding h where h.tenant_id = $1 and h.system = k.system and h.reference = k.reference order by h.generation desc limit 1) h
        """,
        Text(controller), Texts(systems), Texts(references));

    public static async Task<IReadOnlyList<HoldingRow>> ReadAsync(NpgsqlDataSource dataSource, NpgsqlBatchCommand command, CancellationToken cancel) =>
        await Outage.TranslateAsync(ReadCoreAsync(dataSource, command, cancel));

    public static async Task<List<HoldingRow>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancel)
    {
        var rows = new List<HoldingRow>();
        while (await reader.ReadAsync(cancel))
            rows.Add(Of(reader));
        return rows;
    }

    private static async Task<List<HoldingRow>> ReadCoreAsync(NpgsqlDataSource dataSource, NpgsqlBatchCommand command, CancellationToken cancel)
    {
        await using var batch = dataSource.CreateBatch();
        batch.BatchCommands.Add(command);
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        return await ReadAsync(reader, cancel);
    }

    private static HoldingRow Of(NpgsqlDataReader reader) => new(
        reader.GetGuid(0), reader.GetInt32(1),
        new HeldData(
            reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetFieldValue<string[]>(5), reader.GetFieldValue<string[]>(6), reader.GetFieldValue<DateTimeOffset>(7))
        {
            Customer = reader.IsDBNull(8) ? null : reader.GetString(8), Relevant = reader.GetBoolean(9), CustomerOwned = reader.GetBoolean(10), CustomerControlled = reader.GetBoolean(11),
        },
        reader.GetString(12), reader.GetInt64(13));
}

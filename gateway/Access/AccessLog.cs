using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Gateway.Access;

/// <summary>
/// The events of keys and controllers, apart from the millions of access records beside which they stand in the log: what a replica reads at start and follows afterwards.
/// Order of position is order of commit, so reading on after the last position seen skips nothing.
/// </summary>
public sealed class AccessLog(NpgsqlDataSource dataSource, StoredEvents storedEvents)
{
    public static readonly InlineProjection Projection = new(
        "access-log",
        "access_log",
        Version: 1,
        ["api-key-created.v1", "api-key-approved.v1", "api-key-revoked.v1", "controller-registered.v1", "controller-policy-published.v1"],
        "create table {table} (position bigint primary key, stream varchar not null, type varchar not null, data jsonb not null)",
        "insert into {table} (position, stream, type, data) select seq_id, stream_id, type, data from events on conflict (position) do nothing",
        KeySql: "e.seq_id");

    private const int PageSize = 1000;

    /// <summary>The next events after a position, at most a thousand.</summary>
    public async Task<IReadOnlyList<AccessEvent>> ReadAsync(long afterPosition, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand("select position, stream, type, data from access_log where position > $1 order by position limit $2");
        command.Parameters.Add(new() { Value = afterPosition });
        command.Parameters.Add(new() { Value = PageSize });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var events = new List<AccessEvent>();
        while (await reader.ReadAsync(cancellationToken))
            events.Add(new(reader.GetInt64(0), reader.GetString(1), EventJson.Deserialize(reader.GetFieldValue<byte[]>(3), storedEvents.TypeOf(reader.GetString(2)))));
        return events;
    }
}

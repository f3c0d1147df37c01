using System.Globalization;
using System.Runtime.CompilerServices;
using Integritet.Platform.EventStore.Appending;
using Npgsql;

namespace Integritet.Platform.EventStore.Reading;

/// <summary>Reads streams and the log. Order of position is order of commit, so the last position seen is all a reader has to remember.</summary>
internal sealed class LogReader(NpgsqlDataSource dataSource, TimeProvider time)
{
    private const string StreamSql =
        $"select {RecordedEvents.Columns} from mt_events where tenant_id = $1 and stream_id = $2 and version > $3 and seq_id <= $4 order by version";

    private const string AfterSql = $"select {RecordedEvents.Columns} from mt_events where seq_id > $1 order by seq_id limit $2";

    private const string HeadSql = "select coalesce(max(seq_id), 0) from mt_events";

    // Stamps never decrease along the log, so the last position at or before an instant is found by halving, some forty steps for any log.
    // Invariant: the answer is in [low, high]. A middle that fell into a gap stands for the next event after it.
    private const string PositionAtSql =
        """
        with recursive search(low, high) as (
            select 0::bigint, coalesce((select max(seq_id) from mt_events), 0)
            union all
            select case when e.timestamp <= $1 and e.seq_id <= s.high then e.seq_id else s.low end,
                   case when e.timestamp <= $1 and e.seq_id <= s.high then s.high else (s.low + s.high + 1) / 2 - 1 end
            from search s
            cross join lateral (select m.seq_id, m.timestamp from mt_events m where m.seq_id >= (s.low + s.high + 1) / 2 order by m.seq_id limit 1) e
            where s.low < s.high
        )
        select low from search where low >= high
        """;

    private const string FindIdempotencySql =
        """
        select request_hash, status, resource_id from integritet_idempotency
        where tenant_id = $1 and principal = $2 and route = $3 and key = $4 and recorded_at > $5
        """;

    public async Task<IReadOnlyList<RecordedEvent>> ReadStreamAsync(string tenant, string stream, long afterVersion, long upToPosition, CancellationToken cancellationToken)
    {
        await using var command = Command(StreamSql, AppendSql.P(tenant), AppendSql.P(stream), AppendSql.P(afterVersion), AppendSql.P(upToPosition));
        await using var reader = await ExecuteAsync(command, cancellationToken);
        var events = new List<RecordedEvent>();
        while (await reader.ReadAsync(cancellationToken))
            events.Add(RecordedEvents.Read(reader));
        return events;
    }

    /// <summary>The next few: a prepared statement, which a COPY cannot be. Of few rows, parsing and planning are most of the cost.</summary>
    public async IAsyncEnumerable<RecordedEvent> ReadAfterAsync(long afterPosition, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var command = Command(AfterSql, AppendSql.P(afterPosition), AppendSql.P((long)limit));
        await using var reader = await ExecuteAsync(command, cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            yield return RecordedEvents.Read(reader);
    }

    /// <summary>COPY, which is the fastest way out for many; it takes no parameters, and these are numbers.</summary>
    public async IAsyncEnumerable<RecordedEvent> ReadAllAsync(long afterPosition, int limit, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var sql = string.Create(
            CultureInfo.InvariantCulture,
            $"copy (select {RecordedEvents.Columns} from mt_events where seq_id > {afterPosition} order by seq_id limit {limit}) to stdout (format binary)");
        var (connection, stream) = await OnceMoreAsync(() => CopyAsync(sql, cancellationToken));
        await using var _ = connection;
        var ended = false;
        try
        {
            await foreach (var one in new CopiedEvents(stream).ReadAsync(cancellationToken))
                yield return one;
            ended = true;
        }
        finally
        {
            if (!ended)
                await stream.CancelAsync();
            await stream.DisposeAsync();
        }
    }

    private async Task<(NpgsqlConnection, NpgsqlRawCopyStream)> CopyAsync(string sql, CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        try
        {
            return (connection, await connection.BeginRawBinaryCopyAsync(sql, cancellationToken));
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    public Task<long> HeadAsync(CancellationToken cancellationToken) => PositionAsync(Command(HeadSql), cancellationToken);

    public Task<long> PositionAtAsync(DateTimeOffset instant, CancellationToken cancellationToken) =>
        PositionAsync(Command(PositionAtSql, AppendSql.P(instant.UtcDateTime)), cancellationToken);

    public async Task<IdempotencyRecord?> FindIdempotencyAsync(IdempotencyScope scope, CancellationToken cancellationToken)
    {
        await using var command = Command(
            FindIdempotencySql, AppendSql.P(scope.Tenant), AppendSql.P(scope.Principal), AppendSql.P(scope.Route), AppendSql.P(scope.Key),
            AppendSql.P(time.GetUtcNow().UtcDateTime - IdempotencyRecords.KeptFor));
        await using var reader = await ExecuteAsync(command, cancellationToken);
        return await reader.ReadAsync(cancellationToken)
            ? new IdempotencyRecord(scope, reader.GetFieldValue<byte[]>(0), reader.GetInt32(1), reader.GetString(2))
            : null;
    }

    private static async Task<long> PositionAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using (command)
        {
            await using var reader = await ExecuteAsync(command, cancellationToken);
            await reader.ReadAsync(cancellationToken);
            return reader.GetInt64(0);
        }
    }

    private static Task<NpgsqlDataReader> ExecuteAsync(NpgsqlCommand command, CancellationToken cancellationToken) => OnceMoreAsync(() => command.ExecuteReaderAsync(cancellationToken));

    /// <summary>Asks once more on a new connection where the pool's had died with its server, so that a restart costs no reader an error. Npgsql empties the pool when a session breaks.</summary>
    private static async Task<T> OnceMoreAsync<T>(Func<Task<T>> ask)
    {
        try
        {
            return await ask();
        }
        catch (NpgsqlException e) when (e is not PostgresException { InvariantSeverity: "ERROR" })
        {
            return await ask();
        }
    }

    private NpgsqlCommand Command(string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = dataSource.CreateCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        return command;
    }
}

using Integritet.Platform.EventStore;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Benchmarks.EventStore;

/// <summary>What somebody would write by hand with Npgsql on the same tables: the baseline.</summary>
internal sealed class RawAppends(NpgsqlDataSource dataSource) : IAsyncDisposable
{
    private const string StreamSql =
        """
        insert into mt_streams as s (tenant_id, id, type, version) values ($1, $2, null, $3)
        on conflict (tenant_id, id) do update set version = excluded.version, timestamp = now() where s.version = excluded.version - 1
        """;

    private const string EventSql =
        """
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
        values (nextval('mt_events_sequence'), $1, $2, $3, $4, $5, now(), $6, $7, $8, $9, $10, $11)
        """;

    private const string UnnestSql =
        """
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
        select nextval('mt_events_sequence'), u.id, u.stream_id, u.version, u.data, u.type, now(), u.tenant_id, u.dotnet, u.correlation, u.causation, u.headers, u.actor
        from unnest($1::uuid[], $2::varchar[], $3::bigint[], $4::jsonb[], $5::varchar[], $6::varchar[], $7::varchar[], $8::varchar[], $9::varchar[], $10::jsonb[], $11::varchar[])
            as u(id, stream_id, version, data, type, tenant_id, dotnet, correlation, causation, headers, actor)
        """;

    private readonly Dictionary<int, Connection> _connections = [];

    /// <summary>A connection of its own for each caller, its commands prepared.</summary>
    public async Task PrepareAsync(int callers)
    {
        for (var caller = _connections.Count; caller < callers; caller++)
            _connections.Add(caller, await Connection.OpenAsync(dataSource));
    }

    /// <summary>begin, stream row, event row, commit: each a prepared command.</summary>
    public async ValueTask<int> FourCommandsAsync(int caller, Append append, long version)
    {
        var connection = _connections[caller];
        connection.SetEvent(append, version);
        await connection.Begin.ExecuteNonQueryAsync();
        if (await connection.Stream.ExecuteNonQueryAsync() != 1)
            throw new InvalidOperationException("version conflict");
        await connection.Event.ExecuteNonQueryAsync();
        await connection.Commit.ExecuteNonQueryAsync();
        return 1;
    }

    /// <summary>The same pair sent as one batch, which PostgreSQL runs as one transaction.</summary>
    public async ValueTask<int> OneBatchAsync(int caller, Append append, long version)
    {
        var connection = _connections[caller];
        connection.SetEvent(append, version);
        await connection.Pair.ExecuteNonQueryAsync();
        return 1;
    }

    /// <summary>Stream row, then the events by <c>unnest</c>, in one transaction.</summary>
    public async ValueTask<int> UnnestAsync(int caller, Append append)
    {
        var connection = _connections[caller];
        connection.SetStream(append, append.Events.Count);
        connection.SetMany(append);
        await connection.Begin.ExecuteNonQueryAsync();
        await connection.Stream.ExecuteNonQueryAsync();
        await connection.Many.ExecuteNonQueryAsync();
        await connection.Commit.ExecuteNonQueryAsync();
        return append.Events.Count;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
            await connection.DisposeAsync();
    }

    private sealed class Connection(NpgsqlConnection connection) : IAsyncDisposable
    {
        public NpgsqlCommand Begin { get; } = new("begin", connection);

        public NpgsqlCommand Commit { get; } = new("commit", connection);

        public NpgsqlCommand Stream { get; } = WithParameters(new NpgsqlCommand(StreamSql, connection), StreamParameters());

        public NpgsqlCommand Event { get; } = WithParameters(new NpgsqlCommand(EventSql, connection), EventParameters());

        public NpgsqlCommand Many { get; } = WithParameters(new NpgsqlCommand(UnnestSql, connection), ManyParameters());

        public NpgsqlBatch Pair { get; } = new(connection) { BatchCommands = { Batched(StreamSql, StreamParameters()), Batched(EventSql, EventParameters()) } };

        public static async Task<Connection> OpenAsync(NpgsqlDataSource dataSource)
        {
            var connection = new Connection(await dataSource.OpenConnectionAsync());
            foreach (var command in new[] { connection.Begin, connection.Commit, connection.Stream, connection.Event, connection.Many })
                await command.PrepareAsync();
            await connection.Pair.PrepareAsync();
            return connection;
        }

        public void SetStream(Append append, long version)
        {
            foreach (var stream in new[] { Stream.Parameters, Pair.BatchCommands[0].Parameters })
                (stream[0].Value, stream[1].Value, stream[2].Value) = (append.Tenant, append.Stream, version);
        }

        public void SetEvent(Append append, long version)
        {
            SetStream(append, version);
            var one = append.Events[0];
            foreach (var row in new[] { Event.Parameters, Pair.BatchCommands[1].Parameters })
            {
                (row[0].Value, row[1].Value, row[2].Value, row[3].Value) = (one.Id, append.Stream, version, one.Data);
                (row[4].Value, row[5].Value, row[6].Value, row[7].Value) = (one.Type, append.Tenant, one.DotNetType, append.Metadata.CorrelationId);
                (row[8].Value, row[9].Value, row[10].Value) = (append.Metadata.CausationId, Workload.Headers, append.Metadata.Actor);
            }
        }

        public void SetMany(Append append)
        {
            var count = append.Events.Count;
            var row = Many.Parameters;
            row[0].Value = append.Events.Select(e => e.Id).ToArray();
            row[1].Value = Enumerable.Repeat(append.Stream, count).ToArray();
            row[2].Value = Enumerable.Range(1, count).Select(v => (long)v).ToArray();
            row[3].Value = append.Events.Select(e => e.Data).ToArray();
            row[4].Value = append.Events.Select(e => e.Type).ToArray();
            row[5].Value = Enumerable.Repeat(append.Tenant, count).ToArray();
            row[6].Value = append.Events.Select(e => e.DotNetType).ToArray();
            row[7].Value = Enumerable.Repeat(append.Metadata.CorrelationId, count).ToArray();
            row[8].Value = Enumerable.Repeat(append.Metadata.CausationId, count).ToArray();
            row[9].Value = Enumerable.Repeat(Workload.Headers, count).ToArray();
            row[10].Value = Enumerable.Repeat(append.Metadata.Actor, count).ToArray();
        }

        public ValueTask DisposeAsync() => connection.DisposeAsync();

        private static NpgsqlDbType[] StreamParameters() => [NpgsqlDbType.Varchar, NpgsqlDbType.Varchar, NpgsqlDbType.Bigint];

        private static NpgsqlDbType[] EventParameters() =>
        [
            NpgsqlDbType.Uuid, NpgsqlDbType.Varchar, NpgsqlDbType.Bigint, NpgsqlDbType.Jsonb, NpgsqlDbType.Varchar, NpgsqlDbType.Varchar, NpgsqlDbType.Varchar, NpgsqlDbType.Varchar,
            NpgsqlDbType.Varchar, NpgsqlDbType.Jsonb, NpgsqlDbType.Varchar,
        ];

        private static NpgsqlDbType[] ManyParameters() => [.. EventParameters().Select(type => type | NpgsqlDbType.Array)];

        private static NpgsqlBatchCommand Batched(string sql, NpgsqlDbType[] types)
        {
            var command = new NpgsqlBatchCommand(sql);
            foreach (var type in types)
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
            return command;
        }

        private static NpgsqlCommand WithParameters(NpgsqlCommand command, NpgsqlDbType[] types)
        {
            foreach (var type in types)
                command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type });
            return command;
        }
    }
}

using System.Buffers;
using System.Text.Json;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>The statements of an append transaction, set-based: one of each per batch, however many appends it has.</summary>
internal static class AppendSql
{
    /// <summary>Channel on which a writer tells the last position of a batch, once per batch: NOTIFY takes a database-wide lock at commit.</summary>
    public const string Channel = "integritet_events";

    private const string LockSql = "select pg_advisory_xact_lock($1)";

    // The sequence and the table agree unless a backup was restored or a transaction of Marten's rolled back; the higher one is right in both cases.
    private const string LogSql =
        """
        select greatest(coalesce(l.seq_id, 0), case when s.is_called then s.last_value else s.last_value - 1 end),
               l.timestamp,
               (select coalesce(sum(p.version), 0) from integritet_projection p)
        from mt_events_sequence s
        left join lateral (select e.seq_id, e.timestamp from mt_events e order by e.seq_id desc limit 1) l on true
        """;

    // One row at least: where the log stands, and beside it the streams that exist.
    private const string LogAndVersionsSql =
        $"""
        select log.*, v.place, v.version from ({LogSql}) log left join (
            select k.place, s.version
            from unnest($1::varchar[], $2::varchar[]) with ordinality as k(tenant_id, id, place)
            join mt_streams s on s.tenant_id = k.tenant_id and s.id = k.id) v on true
        """;

    private const string IdempotencySql =
        """
        select k.place, i.request_hash, i.status, i.resource_id
        from unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[]) with ordinality as k(tenant_id, principal, route, key, place)
        join integritet_idempotency i on i.tenant_id = k.tenant_id and i.principal = k.principal and i.route = k.route and i.key = k.key
        where i.recorded_at > $5
        """;

    private const string ConsumedSql =
        """
        select k.place
        from unnest($1::uuid[], $2::varchar[]) with ordinality as k(message_id, consumer, place)
        join integritet_consumed_message c on c.message_id = k.message_id and c.consumer = k.consumer
        """;

    private const string StreamsSql =
        """
        insert into mt_streams as s (tenant_id, id, type, version, timestamp, created)
        select k.tenant_id, k.id, k.type, k.version, k.stamp, k.stamp
        from unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::bigint[], $5::timestamptz[]) as k(tenant_id, id, type, version, stamp)
        on conflict (tenant_id, id) do update
        set version = excluded.version, timestamp = excluded.timestamp, type = coalesce(s.type, excluded.type)
        """;

    private const string EventsSql =
        """
        insert into mt_events (seq_id, id, stream_id, version, data, type, timestamp, tenant_id, mt_dotnet_type, correlation_id, causation_id, headers, user_name)
        select * from unnest($1::bigint[], $2::uuid[], $3::varchar[], $4::bigint[], $5::jsonb[], $6::varchar[], $7::timestamptz[],
                             $8::varchar[], $9::varchar[], $10::varchar[], $11::varchar[], $12::jsonb[], $13::varchar[])
        """;

    private const string RecordIdempotencySql =
        """
        insert into integritet_idempotency (tenant_id, principal, route, key, request_hash, status, resource_id, recorded_at)
        select * from unnest($1::varchar[], $2::varchar[], $3::varchar[], $4::varchar[], $5::bytea[], $6::integer[], $7::varchar[], $8::timestamptz[])
        on conflict (tenant_id, principal, route, key) do update
        set request_hash = excluded.request_hash, status = excluded.status, resource_id = excluded.resource_id, recorded_at = excluded.recorded_at
        """;

    private const string RecordConsumedSql =
        """
        insert into integritet_consumed_message (message_id, consumer, recorded_at)
        select * from unnest($1::uuid[], $2::varchar[], $3::timestamptz[])
        """;

    // Numbers are given out only here, after every insert of the batch has succeeded: neither a refused append nor a poisonous one burns any.
    private const string AnnounceSql = $"select setval('mt_events_sequence', $1), pg_notify('{Channel}', $1::text)";

    private const string LookupSql =
        """
        select count(*)
        from unnest($1::varchar[], $2::varchar[], $3::bigint[], $4::uuid[]) as k(tenant_id, stream_id, version, id)
        join mt_events e on e.tenant_id = k.tenant_id and e.stream_id = k.stream_id and e.version = k.version and e.id = k.id
        """;

    /// <summary>The lock: a statement of its own, so that those after it see everything the previous holder committed.</summary>
    public static void AddLock(NpgsqlBatch batch) => Add(batch, LockSql, P(Locks.Append));

    /// <summary>Asks for the facts about some appends; <see cref="ReadFactsAsync"/> reads the answers.</summary>
    public static void AddFacts(NpgsqlBatch batch, FactsAsked asked, DateTime now)
    {
        Add(batch, LogAndVersionsSql, Texts(asked.Streams, s => s.Tenant), Texts(asked.Streams, s => s.Stream));
        if (asked.Idempotency.Count > 0)
        {
            var scopes = asked.Idempotency;
            Add(
                batch, IdempotencySql, Texts(scopes, s => s.Tenant), Texts(scopes, s => s.Principal), Texts(scopes, s => s.Route), Texts(scopes, s => s.Key),
                P(now - IdempotencyRecords.KeptFor));
        }
        if (asked.Consumed.Count > 0)
            Add(batch, ConsumedSql, P(Column(asked.Consumed, c => c.MessageId)), Texts(asked.Consumed, c => c.Consumer));
    }

    /// <summary>Reads what <see cref="AddFacts"/> asked for; the reader stands at the first of its results.</summary>
    public static async Task<BatchFacts> ReadFactsAsync(NpgsqlDataReader reader, FactsAsked asked)
    {
        var facts = new BatchFacts();
        while (await reader.ReadAsync())
        {
            (facts.LastPosition, facts.LastStamp, facts.ProjectionGeneration) = (reader.GetInt64(0), reader.IsDBNull(1) ? DateTime.MinValue : reader.GetDateTime(1), reader.GetInt64(2));
            if (!reader.IsDBNull(3))
                facts.Versions.Add(asked.Streams[Place(reader, 3)], reader.GetInt64(4));
        }
        if (asked.Idempotency.Count > 0)
        {
            await reader.NextResultAsync();
            while (await reader.ReadAsync())
            {
                var scope = asked.Idempotency[Place(reader)];
                facts.Idempotency.Add(scope, new IdempotencyRecord(scope, reader.GetFieldValue<byte[]>(1), reader.GetInt32(2), reader.GetString(3)));
            }
        }
        if (asked.Consumed.Count > 0)
        {
            await reader.NextResultAsync();
            while (await reader.ReadAsync())
                facts.Consumed.Add(asked.Consumed[Place(reader)]);
        }
        return facts;
    }

    /// <summary>Stream rows of the accepted appends.</summary>
    public static void AddStreams(NpgsqlBatch batch, EventRows rows)
    {
        var streams = rows.Streams;
        Add(
            batch, StreamsSql, Texts(streams, s => s.Key.Tenant), Texts(streams, s => s.Key.Stream), Texts(streams, s => s.Value.Type),
            P(Column(streams, s => s.Value.Version)), P(Column(streams, s => s.Value.Stamp)));
    }

    /// <summary>Event rows of the accepted appends.</summary>
    public static void AddEvents(NpgsqlBatch batch, EventRows rows) =>
        Add(
            batch, EventsSql, P(rows.Positions), P(rows.Ids), Texts(rows.StreamIds), P(rows.Versions), Json(rows.Data), Texts(rows.Types), P(rows.Stamps),
            Texts(rows.Tenants), Texts(rows.DotNetTypes), Texts(rows.Correlations), Texts(rows.Causations), Json(rows.Headers), Texts(rows.Actors));

    /// <summary>Idempotency records and consumed messages of the accepted appends.</summary>
    public static void AddRecords(NpgsqlBatch batch, IReadOnlyList<AppendDecision> decisions)
    {
        var keyed = decisions.Where(d => d.Accepted && d.Append.Idempotency is not null).Select(d => (Record: d.Append.Idempotency!, d.Stamp)).ToArray();
        if (keyed.Length > 0)
        {
            Add(
                batch, RecordIdempotencySql, Texts(keyed, k => k.Record.Scope.Tenant), Texts(keyed, k => k.Record.Scope.Principal), Texts(keyed, k => k.Record.Scope.Route),
                Texts(keyed, k => k.Record.Scope.Key), P(Column(keyed, k => k.Record.RequestHash)), P(Column(keyed, k => k.Record.Status)),
                Texts(keyed, k => k.Record.ResourceId), P(Column(keyed, k => k.Stamp)));
        }

        var consumed = decisions.Where(d => d.Accepted && d.Append.Consumed is not null).Select(d => (Message: d.Append.Consumed!, d.Stamp)).ToArray();
        if (consumed.Length > 0)
            Add(batch, RecordConsumedSql, P(Column(consumed, c => c.Message.MessageId)), Texts(consumed, c => c.Message.Consumer), P(Column(consumed, c => c.Stamp)));
    }

    /// <summary>Moves the sequence to the batch's last position and tells the listeners.</summary>
    public static void AddAnnouncement(NpgsqlBatch batch, long lastPosition) => Add(batch, AnnounceSql, P(lastPosition));

    /// <summary>Counts the events that stand at their places with their ids.</summary>
    public static void AddLookup(NpgsqlBatch batch, EventRows rows) =>
        Add(batch, LookupSql, Texts(rows.Tenants), Texts(rows.StreamIds), P(rows.Versions), P(rows.Ids));

    /// <summary>One more statement with positional parameters.</summary>
    public static void Add(NpgsqlBatch batch, string sql, params ReadOnlySpan<NpgsqlParameter> parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(parameter);
        batch.BatchCommands.Add(command);
    }

    public static NpgsqlParameter P<T>(T value) => new NpgsqlParameter<T> { TypedValue = value };

    private static NpgsqlParameter<string?[]> Texts(string?[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar };

    private static NpgsqlParameter<string?[]> Texts<T>(IReadOnlyCollection<T> rows, Func<T, string?> value) => Texts(Column(rows, value));

    private static NpgsqlParameter<T[]> Json<T>(T[] values) => new() { TypedValue = values, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb };

    private static TValue[] Column<T, TValue>(IReadOnlyCollection<T> rows, Func<T, TValue> value)
    {
        var column = new TValue[rows.Count];
        var i = 0;
        foreach (var row in rows)
            column[i++] = value(row);
        return column;
    }

    private static int Place(NpgsqlDataReader reader, int column = 0) => checked((int)reader.GetInt64(column) - 1);
}

/// <summary>What must be known of some appends before they can be decided, each thing once.</summary>
internal sealed class FactsAsked
{
    public FactsAsked(IReadOnlyList<Append> appends)
    {
        var streams = new HashSet<StreamKey>(appends.Count);
        var idempotency = new HashSet<IdempotencyScope>();
        var consumed = new HashSet<ConsumedMessage>();
        foreach (var append in appends)
        {
            streams.Add(new StreamKey(append.Tenant, append.Stream));
            if (append.Idempotency is { } record)
                idempotency.Add(record.Scope);
            if (append.Consumed is { } message)
                consumed.Add(message);
        }
        (Streams, Idempotency, Consumed) = ([.. streams], [.. idempotency], [.. consumed]);
    }

    public IReadOnlyList<StreamKey> Streams { get; }

    public IReadOnlyList<IdempotencyScope> Idempotency { get; }

    public IReadOnlyList<ConsumedMessage> Consumed { get; }
}

/// <summary>The rows of the accepted appends, column by column, as <c>unnest</c> takes them.</summary>
internal sealed class EventRows
{
    public EventRows(IReadOnlyList<AppendDecision> decisions)
    {
        var count = decisions.Sum(d => d.Accepted ? d.Append.Events.Count : 0);
        (Positions, Ids, StreamIds, Versions, Data, Types) = (new long[count], new Guid[count], new string?[count], new long[count], new ReadOnlyMemory<byte>[count], new string?[count]);
        (Stamps, Tenants, DotNetTypes, Correlations) = (new DateTime[count], new string?[count], new string?[count], new string?[count]);
        (Causations, Headers, Actors) = (new string?[count], new byte[]?[count], new string?[count]);
        var row = 0;
        foreach (var decision in decisions)
        {
            if (decision.Accepted && decision.Append.Events.Count > 0)
                row = Fill(decision, row);
        }
    }

    public int Count => Positions.Length;

    public Dictionary<StreamKey, (long Version, DateTime Stamp, string? Type)> Streams { get; } = [];

    public long[] Positions { get; }

    public Guid[] Ids { get; }

    public string?[] StreamIds { get; }

    public long[] Versions { get; }

    public ReadOnlyMemory<byte>[] Data { get; }

    public string?[] Types { get; }

    public DateTime[] Stamps { get; }

    public string?[] Tenants { get; }

    public string?[] DotNetTypes { get; }

    public string?[] Correlations { get; }

    public string?[] Causations { get; }

    public byte[]?[] Headers { get; }

    public string?[] Actors { get; }

    private int Fill(in AppendDecision decision, int row)
    {
        var append = decision.Append;
        var headers = EventHeaders.Write(append.Metadata);
        var stream = new StreamKey(append.Tenant, append.Stream);
        var earlier = Streams.GetValueOrDefault(stream);
        Streams[stream] = (decision.FirstVersion + append.Events.Count - 1, decision.Stamp, earlier.Type ?? append.StreamType);
        for (var i = 0; i < append.Events.Count; i++, row++)
        {
            var one = append.Events[i];
            (Positions[row], Versions[row], Ids[row], Types[row]) = (decision.FirstPosition + i, decision.FirstVersion + i, one.Id, one.Type);
            (Data[row], DotNetTypes[row], Headers[row], Stamps[row]) = (one.Data, one.DotNetType, one.Subjects is null ? headers : EventHeaders.Write(append.Metadata with { Subjects = one.Subjects }), decision.Stamp);
            (Tenants[row], StreamIds[row]) = (append.Tenant, append.Stream);
            (Correlations[row], Causations[row], Actors[row]) = (append.Metadata.CorrelationId, append.Metadata.CausationId, append.Metadata.Actor);
        }
        return row;
    }
}

/// <summary>What of the metadata has no column of Marten's: subjects and trace context, in <c>headers</c>.</summary>
internal static class EventHeaders
{
    public const string Subjects = "subjects", TraceParent = "traceparent";

    /// <summary>UTF-8 JSON, or null when there is nothing to keep.</summary>
    public static byte[]? Write(EventMetadata metadata)
    {
        if (metadata.Subjects.Count == 0 && metadata.TraceParent is null)
            return null;
        var buffer = new ArrayBufferWriter<byte>(128);
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            if (metadata.Subjects.Count > 0)
            {
                writer.WriteStartArray(Subjects);
                foreach (var subject in metadata.Subjects)
                    writer.WriteStringValue(subject);
                writer.WriteEndArray();
            }
            if (metadata.TraceParent is not null)
                writer.WriteString(TraceParent, metadata.TraceParent);
            writer.WriteEndObject();
        }
        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>Metadata from its columns.</summary>
    public static EventMetadata Read(string? correlation, string? causation, string? actor, ReadOnlySpan<byte> headers)
    {
        var metadata = new EventMetadata(correlation ?? "", causation ?? "", actor ?? "");
        if (headers.IsEmpty)
            return metadata;
        var json = new Utf8JsonReader(headers);
        var subjects = new List<string>();
        string? trace = null;
        json.Read();
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var (isSubjects, isTrace) = (json.ValueTextEquals(Subjects), json.ValueTextEquals(TraceParent));
            json.Read();
            if (isSubjects)
                while (json.Read() && json.TokenType == JsonTokenType.String)
                    subjects.Add(json.GetString()!);
            else if (isTrace)
                trace = json.GetString();
            else
                json.Skip(); // another writer's
        }
        return metadata with { Subjects = subjects, TraceParent = trace };
    }
}

/// <summary>How long repeats are recognised.</summary>
internal static class IdempotencyRecords
{
    public static readonly TimeSpan KeptFor = TimeSpan.FromHours(48);
}

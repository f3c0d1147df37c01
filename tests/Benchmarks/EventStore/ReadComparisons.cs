using Npgsql;
using NpgsqlTypes;

namespace Integritet.Benchmarks.EventStore;

/// <summary>Reading, against the raw statements on the same tables; both end with every column in managed memory.</summary>
internal static class ReadComparisons
{
    private const int Streams = 5_000, EventsPerStream = 20;

    private const string Columns = "seq_id, id, tenant_id, stream_id, version, type, data, timestamp, correlation_id, causation_id, user_name, headers";

    public static async Task<IEnumerable<Comparison>> AllAsync(Databases databases)
    {
        var load = new Workload("r");
        var streams = new string[Streams];
        await Parallel.ForAsync(0, Streams, new ParallelOptions { MaxDegreeOfParallelism = 16 }, async (i, cancel) =>
        {
            var append = load.NextMany(i % 16, EventsPerStream, i);
            streams[i] = append.Stream;
            await databases.Store.AppendAsync(append, cancel);
        });
        await using (var vacuum = databases.Ours.CreateCommand("vacuum analyze mt_events"))
            await vacuum.ExecuteNonQueryAsync();
        var random = new Random(4711);
        string Any()
        {
            lock (random)
                return streams[random.Next(Streams)];
        }
        var head = await databases.Store.HeadAsync();
        var first = head - (Streams * EventsPerStream);

        return
        [
            ReadStream(1), ReadStream(8),
            new Comparison("read everything in order, raw binary COPY out", "events", 0.7, 1, _ => RawCopyAsync(databases, first), async _ =>
            {
                var count = 0;
                await foreach (var one in databases.Store.ReadAllAsync(first, Streams * EventsPerStream))
                    count++;
                return count;
            }),
        ];

        Comparison ReadStream(int callers) => new("read a 20-event stream, raw SELECT", "streams", 0.8, callers, async _ => await RawSelectAsync(databases, Any()), async _ =>
            (await databases.Store.ReadStreamAsync("almena", Any())).Count == EventsPerStream ? 1 : throw new InvalidOperationException("not the stream"));
    }

    private static async Task<int> RawSelectAsync(Databases databases, string stream)
    {
        await using var connection = await databases.Ours.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"select {Columns} from mt_events where tenant_id = $1 and stream_id = $2 order by version", connection)
        {
            Parameters = { new() { Value = "almena", NpgsqlDbType = NpgsqlDbType.Varchar }, new() { Value = stream, NpgsqlDbType = NpgsqlDbType.Varchar } },
        };
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<object?[]>();
        while (await reader.ReadAsync())
        {
            rows.Add(
            [
                reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.GetInt64(4), reader.GetString(5), reader.GetFieldValue<byte[]>(6),
                reader.GetDateTime(7), reader.GetString(8), reader.GetString(9), reader.GetString(10), reader.GetFieldValue<byte[]>(11),
            ]);
        }
        return rows.Count == EventsPerStream ? 1 : throw new InvalidOperationException("not the stream");
    }

    private static async ValueTask<int> RawCopyAsync(Databases databases, long after)
    {
        await using var connection = await databases.Ours.OpenConnectionAsync();
        await using var copy = await connection.BeginRawBinaryCopyAsync($"copy (select {Columns} from mt_events where seq_id > {after} order by seq_id limit {Streams * EventsPerStream}) to stdout (format binary)");
        var buffer = new byte[64 * 1024];
        while (await copy.ReadAsync(buffer, CancellationToken.None) > 0)
        {
        }
        return Streams * EventsPerStream;
    }
}

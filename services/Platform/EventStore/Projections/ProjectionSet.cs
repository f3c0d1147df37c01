using Integritet.Platform.EventStore.Appending;
using Npgsql;

namespace Integritet.Platform.EventStore.Projections;

/// <summary>An inline projection as every writer of this database applies it.</summary>
internal sealed record StoredProjection(string Name, string Table, int Version, string[] EventTypes, string ApplySql, string KeySql)
{
    /// <summary>Events that touch one row when nothing else is said: those of one stream.</summary>
    public const string StreamKeySql = "(e.tenant_id, e.stream_id)";

    // The apply statement may begin with a WITH clause of its own, which then goes on from ours.
    private const string Events =
        """
        with events as (
            select seq_id, id, stream_id, version, data, type, timestamp, tenant_id, correlation_id, causation_id, headers, user_name
            from mt_events where seq_id = any($1))
        """;

    /// <summary>The projection's statement over the events at positions <c>$1</c>.</summary>
    public string StatementSql { get; } = ApplySql.TrimStart().StartsWith("with ", StringComparison.OrdinalIgnoreCase)
        ? $"{Events}, {ApplySql.TrimStart()[5..]}"
        : $"{Events} {ApplySql}";

    /// <summary>Tells the wave of each event at positions <c>$1</c>: the first event of each key is in wave 1, the second in wave 2, …</summary>
    public string WavesSql { get; } =
        $"select e.seq_id, row_number() over (partition by {KeySql} order by e.seq_id) from mt_events e where e.seq_id = any($1)";

    /// <summary>Whether it does the same to the same table.</summary>
    public bool IsSameAs(StoredProjection other) =>
        EventTypes.SequenceEqual(other.EventTypes, StringComparer.Ordinal) && this with { EventTypes = other.EventTypes } == other;

    /// <summary>Whether waves can be told without asking the server.</summary>
    public bool KeyedByStream => string.Equals(KeySql, StreamKeySql, StringComparison.Ordinal);
}

/// <summary>One application of a projection: events no two of which touch the same row.</summary>
internal readonly record struct ProjectionWave(StoredProjection Projection, long[] Positions);

/// <summary>The inline projections of a database at one time.</summary>
internal sealed class ProjectionSet(long generation, IReadOnlyList<StoredProjection> projections)
{
    public static ProjectionSet Unknown { get; } = new(-1, []);

    /// <summary>Differs from the database's when projections were added or changed since.</summary>
    public long Generation { get; } = generation;

    public static async Task<ProjectionSet> LoadAsync(NpgsqlConnection connection, long generation, CancellationToken cancellationToken = default)
    {
        await using var command = new NpgsqlCommand(
            "select name, table_name, version, event_types, apply_sql, key_sql from integritet_projection order by name", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var projections = new List<StoredProjection>();
        while (await reader.ReadAsync(cancellationToken))
        {
            projections.Add(new StoredProjection(
                reader.GetString(0), reader.GetString(1), reader.GetInt32(2), reader.GetFieldValue<string[]>(3), reader.GetString(4), reader.GetString(5)));
        }
        return new ProjectionSet(generation, projections);
    }

    /// <summary>The projection of a name, or null.</summary>
    public StoredProjection? Find(string name) => projections.FirstOrDefault(p => string.Equals(p.Name, name, StringComparison.Ordinal));

    /// <summary>
    /// Divides inserted events into waves, so that a set-based statement never meets one row twice. Waves of projections with a key of their own are told by the server,
    /// which needs the events in the table: <paramref name="connection"/>'s transaction must have inserted them, unless <see cref="NeedsServerKeys"/> is false.
    /// </summary>
    public async Task<List<ProjectionWave>> WavesAsync(EventRows rows, NpgsqlConnection connection)
    {
        var waves = new List<ProjectionWave>();
        foreach (var projection in projections)
        {
            var touched = Touched(projection, rows);
            if (touched.Count == 1 || (touched.Count > 1 && projection.KeyedByStream))
                waves.AddRange(WavesByStream(projection, rows, touched));
            else if (touched.Count > 1)
                waves.AddRange(await WavesByKeyAsync(projection, [.. touched.Select(row => rows.Positions[row])], connection));
        }
        return waves;
    }

    /// <summary>Whether dividing these events takes a question to the server.</summary>
    public bool NeedsServerKeys(EventRows rows) => projections.Any(p => !p.KeyedByStream && Touched(p, rows).Count > 1);

    /// <summary>Waves as the server tells them.</summary>
    public static async Task<IEnumerable<ProjectionWave>> WavesByKeyAsync(StoredProjection projection, long[] positions, NpgsqlConnection connection)
    {
        await using var command = new NpgsqlCommand(projection.WavesSql, connection) { Parameters = { AppendSql.P(positions) } };
        await using var reader = await command.ExecuteReaderAsync();
        var waves = new SortedDictionary<long, List<long>>();
        while (await reader.ReadAsync())
            AddTo(waves, reader.GetInt64(1), reader.GetInt64(0));
        return Ordered(projection, waves);
    }

    private static IEnumerable<ProjectionWave> WavesByStream(StoredProjection projection, EventRows rows, List<int> touched)
    {
        var seen = new Dictionary<StreamKey, long>();
        var waves = new SortedDictionary<long, List<long>>();
        foreach (var row in touched)
        {
            var stream = new StreamKey(rows.Tenants[row]!, rows.StreamIds[row]!);
            var wave = seen[stream] = seen.GetValueOrDefault(stream) + 1;
            AddTo(waves, wave, rows.Positions[row]);
        }
        return Ordered(projection, waves);
    }

    private static List<int> Touched(StoredProjection projection, EventRows rows)
    {
        var touched = new List<int>();
        for (var row = 0; row < rows.Count; row++)
        {
            if (Array.IndexOf(projection.EventTypes, rows.Types[row]) >= 0)
                touched.Add(row);
        }
        return touched;
    }

    private static void AddTo(SortedDictionary<long, List<long>> waves, long wave, long position)
    {
        if (!waves.TryGetValue(wave, out var positions))
            waves.Add(wave, positions = []);
        positions.Add(position);
    }

    private static IEnumerable<ProjectionWave> Ordered(StoredProjection projection, SortedDictionary<long, List<long>> waves) =>
        waves.Values.Select(positions => new ProjectionWave(projection, [.. positions]));
}

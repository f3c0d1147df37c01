using System.Collections.Concurrent;
using Integritet.Consent.Subjects;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Decisions;

/// <summary>Reads the facts of many questions, of every kind they need, with one statement, now or as of a position of the log.</summary>
public sealed class FactReader(NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <summary>A log whose newest event is this young gives the instant by its stamp; an older one is asked under the writers' lock.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    /// <summary>While a commit is under way, how far back the instant may lie rather than wait for it.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly ConcurrentDictionary<FactKinds, string> Statements = new();

    /// <summary>The facts as they stand.</summary>
    public Task<KnownFacts> ReadAsync(string controller, IReadOnlyCollection<FactAsked> asked, CancellationToken cancel) =>
        Outage.TranslateAsync(ReadNowAsync(controller, asked, cancel));

    /// <summary>The facts as they stood at an instant, by what this service's log held then.</summary>
    public Task<KnownFacts> ReadAsOfAsync(string controller, IReadOnlyCollection<FactAsked> asked, DateTimeOffset at, long position, CancellationToken cancel) =>
        Outage.TranslateAsync(ReadUpToAsync(controller, asked, at, position, cancel));

    private async Task<KnownFacts> ReadNowAsync(string controller, IReadOnlyCollection<FactAsked> asked, CancellationToken cancel)
    {
        var asking = clock.GetUtcNow();
        if (asked.Count == 0)
            return new KnownFacts(asking, 0, new Dictionary<FactAsked, List<FactRow>>());

        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using (var batch = new NpgsqlBatch(connection) { BatchCommands = { Facts(controller, asked, long.MaxValue) } })
        {
            var read = await ReadAsync(batch, cancel);
            if (asking - read.HeadAt <= Fresh)
                return read.AsOf(read.HeadAt);
        }
        return await ReadBetweenCommitsAsync(connection, controller, asked, cancel);
    }

    private async Task<KnownFacts> ReadUpToAsync(string controller, IReadOnlyCollection<FactAsked> asked, DateTimeOffset at, long position, CancellationToken cancel)
    {
        if (asked.Count == 0)
            return new KnownFacts(at, position, new Dictionary<FactAsked, List<FactRow>>());
        await using var connection = await dataSource.OpenConnectionAsync(cancel);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Facts(controller, asked, position) } };
        var read = await ReadAsync(batch, cancel);
        return read.AsOf(at) with { Position = position };
    }

    // In a quiet log the newest stamp says little about now. A commit may be under way that already has its stamp and is not yet visible; while the writers' lock is shared, none is.
    private async Task<KnownFacts> ReadBetweenCommitsAsync(NpgsqlConnection connection, string controller, IReadOnlyCollection<FactAsked> asked, CancellationToken cancel)
    {
        var started = clock.GetTimestamp();
        while (true)
        {
            var asking = clock.GetUtcNow();
            await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Lock(), Facts(controller, asked, long.MaxValue) } };
            var read = await ReadAsync(batch, cancel);
            if (read.Locked)
                return read.AsOf(asking > read.HeadAt ? asking : read.HeadAt);
            if (asking - read.HeadAt <= Recent)
                return read.AsOf(read.HeadAt);
            if (clock.GetElapsedTime(started) > Patience)
                throw new EventStoreUnavailableException("The event store's writers have held their lock for too long to say what is known now.");
            await Task.Delay(Pause, cancel);
        }
    }

    private static NpgsqlBatchCommand Lock() => new($"select pg_try_advisory_xact_lock_shared({Locks.Append})");

    private static NpgsqlBatchCommand Facts(string controller, IReadOnlyCollection<FactAsked> asked, long upTo)
    {
        const NpgsqlDbType texts = NpgsqlDbType.Array | NpgsqlDbType.Varchar;
        return new NpgsqlBatchCommand(Statements.GetOrAdd(asked.Aggregate(FactKinds.None, (kinds, a) => kinds | a.Kind), Statement))
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar },
                new NpgsqlParameter<long> { TypedValue = upTo },
                new NpgsqlParameter<int[]> { TypedValue = [.. asked.Select(a => (int)a.Kind)] },
                new NpgsqlParameter<string[]> { TypedValue = [.. asked.Select(a => a.About)], NpgsqlDbType = texts },
                new NpgsqlParameter<string[]> { TypedValue = [.. asked.Select(a => a.What)], NpgsqlDbType = texts },
            },
        };
    }

    // One statement, so one snapshot: the head of the log and the facts of all kinds belong together.
    private static string Statement(FactKinds kinds)
    {
        var sources = FactSource.All.Where(source => kinds.HasFlag(source.Kind)).ToArray();
        var ofLinkSets = sources.Where(source => source.OfLinkSet).Aggregate(0, (flags, source) => flags | (int)source.Kind);
        return $"""
            with recursive asked(kind, about, what) as (select * from unnest($3, $4, $5) a(kind, about, what)){(ofLinkSets == 0 ? "" : "," + LinkSets.Sql($"select a.about from asked a where a.kind & {ofLinkSets} <> 0"))}
            select h.seq_id, h.timestamp, f.*
            from (select seq_id, timestamp from mt_events order by seq_id desc limit 1) h
            left join (
            {string.Join("\nunion all\n", sources.Select(source => source.Sql))}
            ) f on true
            """;
    }

    private static async Task<Read> ReadAsync(NpgsqlBatch batch, CancellationToken cancel)
    {
        await using var reader = await batch.ExecuteReaderAsync(cancel);
        var locked = false;
        if (batch.BatchCommands.Count > 1)
        {
            await reader.ReadAsync(cancel);
            locked = reader.GetBoolean(0);
            await reader.NextResultAsync(cancel);
        }

        var read = new Read(locked);
        while (await reader.ReadAsync(cancel))
        {
            (read.Head, read.HeadAt) = (reader.GetInt64(0), reader.GetFieldValue<DateTimeOffset>(1));
            if (!reader.IsDBNull(2))
                read.Add(reader);
        }
        return read;
    }

    private sealed record Read(bool Locked)
    {
        private readonly Dictionary<FactAsked, List<FactRow>> _rows = [];

        public long Head { get; set; }

        public DateTimeOffset HeadAt { get; set; } = DateTimeOffset.MinValue;

        public KnownFacts AsOf(DateTimeOffset at) => new(at, Head, _rows);

        public void Add(NpgsqlDataReader reader)
        {
            var asked = new FactAsked((FactKinds)reader.GetInt32(2), reader.GetString(3), reader.GetString(4));
            if (!_rows.TryGetValue(asked, out var rows))
                _rows.Add(asked, rows = []);
            rows.Add(new FactRow(reader.GetGuid(5), reader.GetInt64(6), Text(reader, 7), Text(reader, 8), Text(reader, 9), Instant(reader, 10), Instant(reader, 11), reader.IsDBNull(12) ? null : reader.GetFieldValue<string[]>(12)));
        }

        private static string? Text(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetString(column);

        private static DateTimeOffset? Instant(NpgsqlDataReader reader, int column) => reader.IsDBNull(column) ? null : reader.GetFieldValue<DateTimeOffset>(column);
    }
}

using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Decisions;

/// <summary>A person's statement that a question needs.</summary>
public readonly record struct FactAsked(string Subject, string Purpose);

/// <summary>What was known when a question was answered.</summary>
/// <param name="At">
/// The instant the facts hold for: every event with a commit stamp at or before it has been seen. So no permission is ever dated after the withdrawal that forbids it.
/// </param>
/// <param name="Position">Position of the log up to which events have been seen.</param>
/// <param name="Consents">The newest statement on each purpose asked about; none where the person has said nothing.</param>
public sealed record KnownFacts(DateTimeOffset At, long Position, IReadOnlyDictionary<FactAsked, DecisionFact> Consents);

/// <summary>Reads the facts of many questions with one statement, now or as of a position of the log.</summary>
public sealed class FactReader(NpgsqlDataSource dataSource, TimeProvider clock)
{
    /// <summary>A log whose newest event is this young gives the instant by its stamp; an older one is asked under the writers' lock.</summary>
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    /// <summary>While a commit is under way, how far back the instant may lie rather than wait for it.</summary>
    private static readonly TimeSpan Recent = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    // One statement, so one snapshot: the head of the log and the facts belong together.
    private const string FactsSql =
        """
        select h.seq_id, h.timestamp, f.subject, f.purpose, f.status, f.stated_at, f.expires_at, f.event_id
        from (select seq_id, timestamp from mt_events order by seq_id desc limit 1) h
        left join lateral (
            select a.subject, a.purpose, s.status, s.stated_at, s.expires_at, s.event_id
            from unnest($2, $3) a(subject, purpose)
            cross join lateral (
                select c.status, c.stated_at, c.expires_at, c.event_id from consent_statement c
                where c.tenant_id = $1 and c.subject = a.subject and c.purpose = a.purpose and c.position <= $4
                order by c.position desc limit 1) s
        ) f on true
        """;

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
            return new KnownFacts(asking, 0, new Dictionary<FactAsked, DecisionFact>());

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
            return new KnownFacts(at, position, new Dictionary<FactAsked, DecisionFact>());
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
        return new NpgsqlBatchCommand(FactsSql)
        {
            Parameters =
            {
                new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar },
                new NpgsqlParameter<string[]> { TypedValue = [.. asked.Select(a => a.Subject)], NpgsqlDbType = texts },
                new NpgsqlParameter<string[]> { TypedValue = [.. asked.Select(a => a.Purpose)], NpgsqlDbType = texts },
                new NpgsqlParameter<long> { TypedValue = upTo },
            },
        };
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
                read.Statements.Add(StatementRow.From(reader));
        }
        return read;
    }

    private sealed record Read(bool Locked)
    {
        public long Head { get; set; }

        public DateTimeOffset HeadAt { get; set; } = DateTimeOffset.MinValue;

        public List<StatementRow> Statements { get; } = [];

        public KnownFacts AsOf(DateTimeOffset at) => new(at, Head, Statements.ToDictionary(s => s.Asked, s => s.ToFact(at)));
    }

    private readonly record struct StatementRow(FactAsked Asked, string Status, DateTimeOffset StatedAt, DateTimeOffset? ExpiresAt, Guid EventId)
    {
        public static StatementRow From(NpgsqlDataReader reader) => new(
            new FactAsked(reader.GetString(2), reader.GetString(3)), reader.GetString(4), reader.GetFieldValue<DateTimeOffset>(5),
            reader.IsDBNull(6) ? null : reader.GetFieldValue<DateTimeOffset>(6), reader.GetGuid(7));

        public DecisionFact ToFact(DateTimeOffset at) => new("consent", Asked.Purpose, StateAt(at), StatedAt, EventId);

        private ConsentState StateAt(DateTimeOffset at) => Status switch
        {
            "given" => ExpiresAt <= at ? ConsentState.Expired : ConsentState.Given,
            "withdrawn" => ConsentState.Withdrawn,
            "refused" => ConsentState.Refused,
            _ => throw new InvalidOperationException($"A consent statement cannot be '{Status}'."),
        };
    }
}

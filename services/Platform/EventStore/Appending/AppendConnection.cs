using System.Globalization;
using Integritet.Platform.EventStore.Projections;
using Npgsql;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>Inserts the rows of accepted appends in the transaction that holds the lock, taking the numbers decided from the sequence.</summary>
internal delegate Task InsertEvents(NpgsqlTransaction transaction, IReadOnlyList<AppendDecision> decisions, EventRows rows);

/// <summary>The writer's own connection: two round trips per batch. Between them the lock is held and the batch is decided.</summary>
internal sealed class AppendConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private readonly InsertEvents? _insert;
    private NpgsqlTransaction? _transaction;
    private long? _sequenceBefore;
    private ProjectionSet _projections = ProjectionSet.Unknown;

    private AppendConnection(NpgsqlConnection connection, InsertEvents? insert) => (_connection, _insert) = (connection, insert);

    /// <summary>Whether the COMMIT of the transaction under way was sent: from then on its outcome is unknown until the server answers.</summary>
    public bool CommitSent { get; private set; }

    /// <summary>A data source for connections of writers, settings made at the start of the session; the writer has one of its own and no pool.</summary>
    public static NpgsqlDataSource DataSource(EventStoreOptions options)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = false,
            Enlist = false,
            MaxAutoPrepare = 100,
            AutoPrepareMinUsages = 2,
            CommandTimeout = (int)Math.Ceiling(options.AppendTimeoutMs / 1000.0),
            Timeout = 5,
            ApplicationName = "integritet-writer",
            // Durability is not a setting. Arrays are short and keys indexed: an index lookup per row is right whatever the statistics say,
            // and a plan made while a table was empty must not be kept when it has grown.
            Options = string.Join(
                ' ',
                "-c synchronous_commit=on", $"-c lock_timeout={options.LockTimeoutMs}", $"-c idle_in_transaction_session_timeout={options.LockTimeoutMs}",
                "-c plan_cache_mode=force_generic_plan", "-c enable_seqscan=off", "-c enable_hashjoin=off", "-c enable_mergejoin=off", "-c jit=off"),
        };
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }

    /// <summary>Opens one; events are inserted with <c>unnest</c> unless <paramref name="insert"/> does it.</summary>
    public static async Task<AppendConnection> OpenAsync(NpgsqlDataSource dataSource, InsertEvents? insert = null) => new(await dataSource.OpenConnectionAsync(), insert);

    /// <summary>Begins the transaction, takes the lock and reads what the appends must be decided on.</summary>
    public async Task<BatchFacts> BeginAsync(IReadOnlyList<Append> appends, DateTime now)
    {
        (CommitSent, _sequenceBefore) = (false, null);
        _transaction = await _connection.BeginTransactionAsync();
        var asked = new FactsAsked(appends);
        await using var batch = new NpgsqlBatch(_connection);
        AppendSql.AddLock(batch);
        AppendSql.AddFacts(batch, asked, now);
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync(); // past the lock's empty answer
        return await AppendSql.ReadFactsAsync(reader, asked);
    }

    /// <summary>Writes what was accepted and commits.</summary>
    public async Task CommitAsync(IReadOnlyList<AppendDecision> decisions, BatchFacts facts)
    {
        var rows = new EventRows(decisions);
        var batch = new NpgsqlBatch(_connection);
        try
        {
            if (rows.Count > 0)
            {
                if (_projections.Generation != facts.ProjectionGeneration)
                    _projections = await ProjectionSet.LoadAsync(_connection, facts.ProjectionGeneration);
                if (_insert is not null)
                    await InsertAsync(_insert, decisions, rows, facts.LastPosition - rows.Count);
                AppendSql.AddStreams(batch, rows);
                if (_insert is null)
                    AppendSql.AddEvents(batch, rows);
                if (_projections.NeedsServerKeys(rows))
                {
                    await batch.ExecuteNonQueryAsync();
                    await batch.DisposeAsync();
                    batch = new NpgsqlBatch(_connection);
                }
                foreach (var wave in await _projections.WavesAsync(rows, _connection))
                    AppendSql.Add(batch, wave.Projection.StatementSql, AppendSql.P(wave.Positions));
            }
            AppendSql.AddRecords(batch, decisions);
            if (rows.Count > 0)
                AppendSql.AddAnnouncement(batch, facts.LastPosition);
            AppendSql.Add(batch, "commit");
            CommitSent = true;
            await batch.ExecuteNonQueryAsync();
        }
        finally
        {
            await batch.DisposeAsync();
        }
    }

    /// <summary>Gives up the transaction under way.</summary>
    public async Task RollbackAsync()
    {
        if (_sequenceBefore is { } before)
        {
            // Numbers taken from the sequence do not come back with the transaction; while the lock is held they can be put back.
            await ExecuteAsync("rollback to savepoint decided");
            await ExecuteAsync(string.Create(CultureInfo.InvariantCulture, $"select setval('mt_events_sequence', {Math.Max(before, 1)}, {before > 0})"));
        }
        await ExecuteAsync("rollback");
    }

    private async Task ExecuteAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        await command.ExecuteNonQueryAsync();
    }

    private async Task InsertAsync(InsertEvents insert, IReadOnlyList<AppendDecision> decisions, EventRows rows, long lastPosition)
    {
        await ExecuteAsync("savepoint decided");
        _sequenceBefore = lastPosition;
        await insert(_transaction!, decisions, rows);
    }

    /// <summary>
    /// Whether a batch whose connection died at COMMIT was committed. Takes the lock first, which waits until the dead backend has ended one way or the other,
    /// then looks for the ids of its events at their places.
    /// </summary>
    public async Task<bool> WasCommittedAsync(EventRows rows)
    {
        await using var batch = new NpgsqlBatch(_connection);
        AppendSql.Add(batch, "begin");
        AppendSql.AddLock(batch);
        AppendSql.AddLookup(batch, rows);
        AppendSql.Add(batch, "commit");
        await using var reader = await batch.ExecuteReaderAsync();
        await reader.NextResultAsync();
        return await reader.ReadAsync() && reader.GetInt64(0) > 0;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();
}

using Integritet.Platform.EventStore.Projections;
using Npgsql;

namespace Integritet.Platform.EventStore.Appending;

/// <summary>The writer's own connection: two round trips per batch. Between them the lock is held and the batch is decided.</summary>
internal sealed class AppendConnection : IAsyncDisposable
{
    private readonly NpgsqlConnection _connection;
    private ProjectionSet _projections = ProjectionSet.Unknown;

    private AppendConnection(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Whether the COMMIT of the transaction under way was sent: from then on its outcome is unknown until the server answers.</summary>
    public bool CommitSent { get; private set; }

    /// <summary>A data source for connections of writers, settings made at the start of the session. Group commit has one connection and no pool.</summary>
    public static NpgsqlDataSource DataSource(EventStoreOptions options, bool pooled = false)
    {
        var settings = new NpgsqlConnectionStringBuilder(options.ConnectionString)
        {
            Pooling = pooled,
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

    public static async Task<AppendConnection> OpenAsync(NpgsqlDataSource dataSource) => new(await dataSource.OpenConnectionAsync());

    /// <summary>Begins the transaction, takes the lock and reads what the appends must be decided on.</summary>
    public async Task<BatchFacts> BeginAsync(IReadOnlyList<Append> appends, DateTime now)
    {
        CommitSent = false;
        var asked = new FactsAsked(appends);
        await using var batch = new NpgsqlBatch(_connection);
        AppendSql.Add(batch, "begin");
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
                AppendSql.AddStreams(batch, rows);
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
        await using var command = new NpgsqlCommand("rollback", _connection);
        await command.ExecuteNonQueryAsync();
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

#if USE_MARTEN
using Integritet.Platform.EventStore.Appending;
using Integritet.Platform.EventStore.Projections;
using JasperFx.Events;
using Marten;
using Marten.Services;
using Npgsql;

namespace Integritet.Platform.EventStore.Marten;

/// <summary>
/// The writer that lets the Marten package write the events: one append per transaction, under the same lock and decided by the same function as the default writer's, with read models and records
/// in that transaction.
/// </summary>
internal sealed class MartenWriter : IAppendWriter
{
    private readonly EventStoreOptions _options;
    private readonly TimeProvider _time;
    private readonly Action<long> _onCommitted;
    private readonly NpgsqlDataSource _dataSource;
    private readonly DocumentStore _marten;
    private readonly SemaphoreSlim _preparing = new(1, 1);
    private ProjectionSet _projections = ProjectionSet.Unknown;
    private bool _prepared;

    public MartenWriter(EventStoreOptions options, TimeProvider time, Action<long> onCommitted)
    {
        (_options, _time, _onCommitted) = (options, time, onCommitted);
        _dataSource = AppendConnection.DataSource(options, pooled: true);
        _marten = MartenTables.Open(_dataSource);
    }

    public async Task<AppendResult> AppendAsync(Append append, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        using var deadline = new CancellationTokenSource(TimeSpan.FromMilliseconds(_options.AppendTimeoutMs));
        try
        {
            await PrepareAsync(deadline.Token);
            return await WriteAsync(append, deadline.Token);
        }
        catch (Exception e) when (Fault(e) is not null)
        {
            throw Fault(e)!;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _marten.DisposeAsync();
        await _dataSource.DisposeAsync();
        _preparing.Dispose();
    }

    /// <summary>Has Marten create its functions once; two replicas may do so at the same time.</summary>
    private async Task PrepareAsync(CancellationToken cancellationToken)
    {
        if (_prepared)
            return;
        await _preparing.WaitAsync(cancellationToken);
        try
        {
            if (!_prepared)
                await _marten.Storage.ApplyAllConfiguredChangesToDatabaseAsync();
            _prepared = true;
        }
        finally
        {
            _preparing.Release();
        }
    }

    private async Task<AppendResult> WriteAsync(Append append, CancellationToken cancellationToken)
    {
        await using var connection = await _dataSource.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var facts = await FactsAsync(connection, append, cancellationToken);
        var decision = BatchDecision.Decide([append], facts, _time.GetUtcNow().UtcDateTime)[0];
        if (!decision.Accepted)
            return decision.Result;

        var rows = new EventRows([decision]);
        if (rows.Count > 0)
            await AppendEventsAsync(transaction, decision, rows, cancellationToken);
        await ApplyAsync(connection, decision, facts, rows);
        await CommitAsync(transaction, rows);
        if (rows.Count > 0)
            _onCommitted(facts.LastPosition);
        return decision.Result;
    }

    private async Task<BatchFacts> FactsAsync(NpgsqlConnection connection, Append append, CancellationToken cancellationToken)
    {
        var asked = new FactsAsked([append]);
        await using var batch = new NpgsqlBatch(connection);
        AppendSql.AddLock(batch);
        AppendSql.AddFacts(batch, asked, _time.GetUtcNow().UtcDateTime);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken); // past the lock's empty answer
        return await AppendSql.ReadFactsAsync(reader, asked);
    }

    /// <summary>The events, by Marten, on our transaction. Its own version check runs too, and its numbers must be the decided ones.</summary>
    private async Task AppendEventsAsync(NpgsqlTransaction transaction, AppendDecision decision, EventRows rows, CancellationToken cancellationToken)
    {
        var session = SessionOptions.ForTransaction(transaction);
        session.TenantId = decision.Append.Tenant;
        await using var marten = _marten.LightweightSession(session);
        var append = decision.Append;
        var action = marten.Events.Append(append.Stream, rows.Versions[^1], [.. append.Events.Select((one, i) => (object)Wrap(append, one, rows.Stamps[i]))]);
        for (var i = 0; i < append.Events.Count; i++)
            (action.Events[i].EventTypeName, action.Events[i].DotNetTypeName) = (append.Events[i].Type, append.Events[i].DotNetType);
        await marten.SaveChangesAsync(cancellationToken);
        for (var i = 0; i < append.Events.Count; i++)
        {
            if (action.Events[i].Sequence != rows.Positions[i])
                throw new InvalidOperationException($"Marten gave position {action.Events[i].Sequence} to an event decided to have {rows.Positions[i]}; nothing was stored.");
        }
    }

    private static Event<StoredJson> Wrap(Append append, EventToAppend one, DateTime stamp)
    {
        var metadata = append.Metadata;
        var wrapped = new Event<StoredJson>(new StoredJson(one.Data))
        {
            Id = one.Id, Timestamp = new DateTimeOffset(stamp, TimeSpan.Zero),
            CorrelationId = metadata.CorrelationId, CausationId = metadata.CausationId, UserName = metadata.Actor,
        };
        if ((one.Subjects ?? metadata.Subjects) is { Count: > 0 } subjects)
            wrapped.SetHeader(EventHeaders.Subjects, subjects);
        if (metadata.TraceParent is not null)
            wrapped.SetHeader(EventHeaders.TraceParent, metadata.TraceParent);
        return wrapped;
    }

    /// <summary>Read models, idempotency and consumption, and the stream's type and stamp, which Marten's append leaves to others.</summary>
    private async Task ApplyAsync(NpgsqlConnection connection, AppendDecision decision, BatchFacts facts, EventRows rows)
    {
        if (rows.Count > 0 && _projections.Generation != facts.ProjectionGeneration)
            _projections = await ProjectionSet.LoadAsync(connection, facts.ProjectionGeneration);
        await using var batch = new NpgsqlBatch(connection);
        if (rows.Count > 0)
        {
            AppendSql.AddStreams(batch, rows);
            foreach (var wave in await _projections.WavesAsync(rows, connection))
                AppendSql.Add(batch, wave.Projection.StatementSql, AppendSql.P(wave.Positions));
        }
        AppendSql.AddRecords(batch, [decision]);
        if (rows.Count > 0)
            AppendSql.AddAnnouncement(batch, facts.LastPosition);
        if (batch.BatchCommands.Count > 0)
            await batch.ExecuteNonQueryAsync();
    }

    /// <summary>Commits; when the connection dies meanwhile, the log tells whether the commit arrived.</summary>
    private async Task CommitAsync(NpgsqlTransaction transaction, EventRows rows)
    {
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (Exception e) when (Outage.Is(e) && rows.Count > 0)
        {
            await using var again = await AppendConnection.OpenAsync(_dataSource);
            if (!await again.WasCommittedAsync(rows))
                throw new EventStoreUnavailableException("The connection was lost before the append was committed; nothing was stored.", e);
        }
    }

    /// <summary>What the caller is told: the store is away or slow, or it will never take this append. Null for a fault of ours.</summary>
    private static Exception? Fault(Exception e) => (e as PostgresException ?? e.InnerException as PostgresException ?? e) switch
    {
        OperationCanceledException => new EventStoreUnavailableException("The event store did not answer in time; whether the append was stored is unknown.", e),
        { } cause when Outage.Is(cause) => new EventStoreUnavailableException("The event store cannot be reached or does not answer.", e),
        PostgresException => new EventStoreRejectedException("The database refuses this append; nothing of it was stored.", e),
        _ => null,
    };
}
#endif

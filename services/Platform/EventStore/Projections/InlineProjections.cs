using Integritet.Platform.EventStore.Appending;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore.Projections;

/// <summary>
/// Creates the tables of the service's inline projections and fills them from the log while the service runs: a shadow table is filled in chunks and swapped in
/// under the writers' lock. Nothing is published by it: the log is only read.
/// </summary>
public sealed partial class InlineProjections(NpgsqlDataSource dataSource, IEnumerable<InlineProjection> projections, TimeProvider time, ILogger<InlineProjections> logger)
{
    /// <summary>Where shadow tables stand, so that the projection's own SQL meets them by search path and their indexes keep their names.</summary>
    private const string ShadowSchema = "integritet_rebuild";

    private const int ChunkPositions = 5_000;
    private const int SwapAttempts = 20;

    private readonly InlineProjection[] _projections = [.. projections];

    /// <summary>Builds every projection that is new or whose <see cref="InlineProjection.Version"/> was raised. Replicas that start together take turns.</summary>
    public async Task BringUpToDateAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await WithRebuildLockAsync(connection, () => BringUpToDateAsync(connection, cancellationToken), cancellationToken);
    }

    private async Task BringUpToDateAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        var stored = await ProjectionSet.LoadAsync(connection, generation: 0, cancellationToken);
        foreach (var projection in _projections)
        {
            var known = stored.Find(projection.Name);
            if (known is null || known.Version < projection.Version)
                await RebuildAsync(connection, projection, cancellationToken);
            else if (known.Version == projection.Version && !known.IsSameAs(Stored(projection)))
                throw new InvalidOperationException($"The SQL of inline projection '{projection.Name}' changed: raise its Version, so that its table is rebuilt.");
        }
    }

    /// <summary>Fills a projection's table anew from the log. Throws <see cref="ArgumentException"/> for an unknown name.</summary>
    public async Task RebuildAsync(string name, CancellationToken cancellationToken = default)
    {
        var projection = Array.Find(_projections, p => string.Equals(p.Name, name, StringComparison.Ordinal))
            ?? throw new ArgumentException($"No inline projection is named '{name}'.", nameof(name));
        await using var connection = await dataSource.OpenConnectionAsync(cancellationToken);
        await WithRebuildLockAsync(connection, () => RebuildAsync(connection, projection, cancellationToken), cancellationToken);
    }

    private async Task RebuildAsync(NpgsqlConnection connection, InlineProjection projection, CancellationToken cancellationToken)
    {
        var stored = Stored(projection);
        await ExecuteAsync(
            connection, $"create schema if not exists {ShadowSchema}; drop table if exists {ShadowSchema}.{projection.Table}; {WithTable(projection, projection.CreateSql)}", cancellationToken);
        var position = 0L;
        for (var head = await HeadAsync(connection, cancellationToken); position < head; position = Math.Min(position + ChunkPositions, head))
            await FillAsync(connection, stored, position, Math.Min(position + ChunkPositions, head), cancellationToken);
        position = await SwapAsync(connection, stored, position, cancellationToken);
        Rebuilt(projection.Name, projection.Version, position);
    }

    /// <summary>Fills what has come in meanwhile, with the writers held back, and puts the shadow in the table's place.</summary>
    private async Task<long> SwapAsync(NpgsqlConnection connection, StoredProjection projection, long position, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var head = await HeadAsync(connection, cancellationToken);
            await FillAsync(connection, projection, position, head, cancellationToken);
            position = head;
            await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
            try
            {
                await ExecuteAsync(connection, $"set local lock_timeout = '2s'; select pg_advisory_xact_lock({Locks.Append})", cancellationToken);
                head = await HeadAsync(connection, cancellationToken);
                await ApplyAsync(connection, projection, position, head, cancellationToken);
                await ExecuteAsync(
                    connection,
                    $"drop table if exists public.{projection.Table}; alter table {ShadowSchema}.{projection.Table} set schema public",
                    cancellationToken);
                await RecordAsync(connection, projection, head, cancellationToken);
                await transaction.CommitAsync(cancellationToken);
                return head;
            }
            catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.LockNotAvailable && attempt < SwapAttempts)
            {
                await transaction.RollbackAsync(cancellationToken);
            }
        }
    }

    private static async Task FillAsync(NpgsqlConnection connection, StoredProjection projection, long after, long upTo, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await ApplyAsync(connection, projection, after, upTo, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
    }

    private static async Task ApplyAsync(NpgsqlConnection connection, StoredProjection projection, long after, long upTo, CancellationToken cancellationToken)
    {
        var positions = new List<long>();
        await using (var select = new NpgsqlCommand("select seq_id from mt_events where seq_id > $1 and seq_id <= $2 and type = any($3)", connection)
        {
            Parameters = { AppendSql.P(after), AppendSql.P(upTo), AppendSql.P(projection.EventTypes) },
        })
        {
            await using var reader = await select.ExecuteReaderAsync(cancellationToken);
            while (await reader.ReadAsync(cancellationToken))
                positions.Add(reader.GetInt64(0));
        }
        if (positions.Count == 0)
            return;
        foreach (var wave in await ProjectionSet.WavesByKeyAsync(projection, [.. positions], connection))
        {
            await using var apply = new NpgsqlCommand(projection.StatementSql, connection) { Parameters = { AppendSql.P(wave.Positions) } };
            await apply.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task RecordAsync(NpgsqlConnection connection, StoredProjection projection, long position, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            insert into integritet_projection (name, table_name, version, event_types, apply_sql, key_sql, rebuilt_to, rebuilt_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8)
            on conflict (name) do update
            set table_name = excluded.table_name, version = excluded.version, event_types = excluded.event_types, apply_sql = excluded.apply_sql,
                key_sql = excluded.key_sql, rebuilt_to = excluded.rebuilt_to, rebuilt_at = excluded.rebuilt_at
            """,
            connection)
        {
            Parameters =
            {
                AppendSql.P(projection.Name), AppendSql.P(projection.Table), AppendSql.P(projection.Version), AppendSql.P(projection.EventTypes),
                AppendSql.P(projection.ApplySql), AppendSql.P(projection.KeySql), AppendSql.P(position), AppendSql.P(time.GetUtcNow().UtcDateTime),
            },
        };
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Runs with the rebuild lock held, on a connection that sees shadow tables first. Both are of the session: undone here, or else it is not used again.</summary>
    private async Task WithRebuildLockAsync(NpgsqlConnection connection, Func<Task> work, CancellationToken cancellationToken)
    {
        await ExecuteAsync(connection, $"set search_path = {ShadowSchema}, public; select pg_advisory_lock({Locks.Rebuild})", cancellationToken);
        try
        {
            await work();
            await ExecuteAsync(connection, $"select pg_advisory_unlock({Locks.Rebuild}); reset search_path", CancellationToken.None);
        }
        catch
        {
            dataSource.Clear();
            throw;
        }
    }

    private static async Task<long> HeadAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select coalesce(max(seq_id), 0) from mt_events", connection);
        return (long)(await command.ExecuteScalarAsync(cancellationToken))!;
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    private static StoredProjection Stored(InlineProjection projection) => new(
        projection.Name, projection.Table, projection.Version, [.. projection.EventTypes], WithTable(projection, projection.ApplySql), projection.KeySql);

    private static string WithTable(InlineProjection projection, string sql) => sql.Replace("{table}", projection.Table, StringComparison.Ordinal);

    [LoggerMessage(Level = LogLevel.Information, Message = "Inline projection {Name} version {Version} filled up to position {Position}")]
    private partial void Rebuilt(string name, int version, long position);
}

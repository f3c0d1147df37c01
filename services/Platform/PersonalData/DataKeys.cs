using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Platform.PersonalData;

/// <summary>Keys that were destroyed.</summary>
/// <param name="Keys">How many.</param>
/// <param name="ConfirmedAt">By then, on the machine's clock, every replica has forgotten them: at the latest one cache lifetime after the commit. Before it the destruction is not confirmed.</param>
public sealed record Destruction(int Keys, DateTimeOffset ConfirmedAt)
{
    /// <summary>How many in each stream that had any.</summary>
    internal IReadOnlyDictionary<string, int> ByStream { get; init; } = ImmutableDictionary<string, int>.Empty;

    /// <summary>How many of them sealed records in these streams.</summary>
    public int In(IEnumerable<string> streams) => streams.Sum(stream => ByStream.GetValueOrDefault(stream));
}

/// <summary>
/// The data keys of one service: one per tenant, subject and stream, in schema <c>keys</c> of its own database, wrapped. They never leave it.
/// Throws <see cref="EventStoreUnavailableException"/> when the database is away.
/// </summary>
public sealed class DataKeys
{
    /// <summary>Notification channel on which ids of destroyed keys are told.</summary>
    internal const string DestroyedChannel = "integritet_keys_destroyed";

    private const int MaxIdsInNotification = 150;

    private readonly NpgsqlDataSource _database;
    private readonly IKeyEncryptionKey _keyEncryption;
    private readonly DataKeyCache _cache;
    private readonly TimeProvider _time;

    internal DataKeys(NpgsqlDataSource database, IKeyEncryptionKey keyEncryption, DataKeyCache cache, TimeProvider time) =>
        (_database, _keyEncryption, _cache, _time) = (database, keyEncryption, cache, time);

    /// <summary>The key of a record, made and stored when it has none: it is durable before anything sealed with it.</summary>
    internal async ValueTask<DataKey> GetOrCreateAsync(KeyScope scope, CancellationToken cancellationToken)
    {
        if (_cache.Find(scope) is { } cached)
            return cached;
        var askedAt = TimeProvider.System.GetUtcNow();
        var key = await CreateAsync(scope, cancellationToken) ?? await ReadAsync(scope, cancellationToken) ?? await CreateAsync(scope, cancellationToken)
            ?? throw new EventStoreUnavailableException("The key of a record is being destroyed; try again.");
        _cache.Add(key, scope, askedAt);
        return key;
    }

    /// <summary>A key by its id; null when it was destroyed.</summary>
    internal async ValueTask<DataKey?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        if (_cache.Find(id) is { } cached)
            return cached;
        var askedAt = TimeProvider.System.GetUtcNow();
        var row = await QueryAsync("select id, tenant, subject, stream, wrapped, kek_id from keys.data_key where id = $1 and destroyed_at is null", [id], cancellationToken);
        if (row is null)
            return null;
        var key = await UnwrapAsync(row, cancellationToken);
        _cache.Add(key, row.Scope, askedAt);
        return key;
    }

    /// <summary>
    /// Destroys keys: those of a subject, those of some streams, or those of a subject in some streams. What was sealed with them can never be read again; this replica has forgotten them when this
    /// returns, the others at <see cref="Destruction.ConfirmedAt"/> at the latest.
    /// </summary>
    public Task<Destruction> DestroyAsync(string tenant, string? subject = null, IReadOnlyList<string>? streams = null, CancellationToken cancellationToken = default)
    {
        if (subject is null && streams is null)
            throw new ArgumentException("Say whose keys, or of which streams.", nameof(subject));
        return Outage.TranslateAsync(DestroyAndTellAsync(tenant, subject, streams, cancellationToken));
    }

    /// <summary>Wraps every key anew that is not wrapped by the current key-encryption key. Touches no event; services may run meanwhile. Returns how many.</summary>
    public async Task<int> RotateAsync(CancellationToken cancellationToken = default)
    {
        var rotated = 0;
        while (await Outage.TranslateAsync(RotateBatchAsync(cancellationToken)) is var batch and > 0)
            rotated += batch;
        return rotated;
    }

    /// <summary>Deletes what is left of keys destroyed before <paramref name="olderThan"/>. Returns how many.</summary>
    public async Task<int> ExpireAsync(DateTimeOffset olderThan, CancellationToken cancellationToken = default)
    {
        await using var command = _database.CreateCommand("delete from keys.data_key where destroyed_at < $1");
        command.Parameters.Add(new() { Value = olderThan.UtcDateTime });
        return await Outage.TranslateAsync(command.ExecuteNonQueryAsync(cancellationToken));
    }

    private async Task<DataKey?> CreateAsync(KeyScope scope, CancellationToken cancellationToken)
    {
        var key = new DataKey(Guid.CreateVersion7(), RandomNumberGenerator.GetBytes(32));
        var wrapped = await _keyEncryption.WrapAsync(key.Bytes, ContextOf(key.Id, scope), cancellationToken);
        var inserted = await QueryAsync(
            """
            insert into keys.data_key (id, tenant, subject, stream, wrapped, kek_id, created_at) values ($1, $2, $3, $4, $5, $6, $7)
            on conflict (tenant, subject, stream) where destroyed_at is null do nothing
            returning id, tenant, subject, stream, wrapped, kek_id
            """,
            [key.Id, scope.Tenant, scope.Subject, scope.Stream, wrapped, _keyEncryption.CurrentId, _time.GetUtcNow().UtcDateTime],
            cancellationToken);
        return inserted is null ? null : key;
    }

    private async Task<DataKey?> ReadAsync(KeyScope scope, CancellationToken cancellationToken)
    {
        var row = await QueryAsync(
            "select id, tenant, subject, stream, wrapped, kek_id from keys.data_key where tenant = $1 and subject = $2 and stream = $3 and destroyed_at is null",
            [scope.Tenant, scope.Subject, scope.Stream],
            cancellationToken);
        return row is null ? null : await UnwrapAsync(row, cancellationToken);
    }

    private async Task<DataKey> UnwrapAsync(KeyRow row, CancellationToken cancellationToken) =>
        new(row.Id, await _keyEncryption.UnwrapAsync(row.KekId, row.Wrapped, ContextOf(row.Id, row.Scope), cancellationToken));

    private async Task<Destruction> DestroyAndTellAsync(string tenant, string? subject, IReadOnlyList<string>? streams, CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var keys = await EraseAsync(connection, tenant, subject, streams, cancellationToken);
        await using var notify = new NpgsqlCommand("select pg_notify($1, $2)", connection)
        {
            Parameters = { new() { Value = DestroyedChannel }, new() { Value = keys.Count <= MaxIdsInNotification ? string.Join(',', keys.Select(key => key.Id)) : "*" } },
        };
        await notify.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        keys.ForEach(key => _cache.Evict(key.Id));
        return new Destruction(keys.Count, TimeProvider.System.GetUtcNow() + _cache.Lifetime) { ByStream = keys.CountBy(key => key.Stream, StringComparer.Ordinal).ToDictionary(StringComparer.Ordinal) };
    }

    private static async Task<List<(Guid Id, string Stream)>> EraseAsync(NpgsqlConnection connection, string tenant, string? subject, IReadOnlyList<string>? streams, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand(
            """
            update keys.data_key set wrapped = null, kek_id = null, destroyed_at = now()
            where tenant = $1 and ($2::varchar is null or subject = $2) and ($3::varchar[] is null or stream = any ($3)) and destroyed_at is null
            returning id, stream
            """,
            connection)
        {
            Parameters = { new() { Value = tenant }, new() { Value = (object?)subject ?? DBNull.Value }, new() { Value = (object?)streams?.ToArray() ?? DBNull.Value } },
        };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var keys = new List<(Guid, string)>();
        while (await reader.ReadAsync(cancellationToken))
            keys.Add((reader.GetGuid(0), reader.GetString(1)));
        return keys;
    }

    // Locked rows are another rotation's; a destruction waits for this transaction and then destroys the newly wrapped key.
    private async Task<int> RotateBatchAsync(CancellationToken cancellationToken)
    {
        await using var connection = await _database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await using var select = new NpgsqlCommand(
            """
            select id, tenant, subject, stream, wrapped, kek_id from keys.data_key
            where destroyed_at is null and kek_id <> $1 order by id limit 500 for update skip locked
            """,
            connection)
        {
            Parameters = { new() { Value = _keyEncryption.CurrentId } },
        };
        var rows = await ReadRowsAsync(select, cancellationToken);
        var wrapped = new byte[rows.Count][];
        for (var i = 0; i < wrapped.Length; i++)
            wrapped[i] = await _keyEncryption.WrapAsync((await UnwrapAsync(rows[i], cancellationToken)).Bytes, ContextOf(rows[i].Id, rows[i].Scope), cancellationToken);
        await using var update = new NpgsqlCommand(
            "update keys.data_key k set wrapped = n.wrapped, kek_id = $3 from unnest($1::uuid[], $2::bytea[]) n(id, wrapped) where k.id = n.id", connection)
        {
            Parameters = { new() { Value = rows.Select(r => r.Id).ToArray() }, new() { Value = wrapped }, new() { Value = _keyEncryption.CurrentId } },
        };
        await update.ExecuteNonQueryAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return rows.Count;
    }

    private async Task<KeyRow?> QueryAsync(string sql, object[] parameters, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(sql);
        foreach (var value in parameters)
            command.Parameters.Add(new() { Value = value });
        return (await Outage.TranslateAsync(ReadRowsAsync(command, cancellationToken))).FirstOrDefault();
    }

    private static async Task<List<KeyRow>> ReadRowsAsync(NpgsqlCommand command, CancellationToken cancellationToken)
    {
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var rows = new List<KeyRow>();
        while (await reader.ReadAsync(cancellationToken))
        {
            var scope = new KeyScope(reader.GetString(1), reader.GetString(2), reader.GetString(3));
            rows.Add(new KeyRow(reader.GetGuid(0), scope, reader.GetFieldValue<byte[]>(4), reader.GetString(5)));
        }

        return rows;
    }

    // A wrapped key opens only in its own row.
    private static byte[] ContextOf(Guid id, KeyScope scope) => Encoding.UTF8.GetBytes($"dk1|{id:D}|{scope.Tenant}|{scope.Subject}|{scope.Stream}");

    private sealed record KeyRow(Guid Id, KeyScope Scope, byte[] Wrapped, string KekId);
}

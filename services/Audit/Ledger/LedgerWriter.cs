using Npgsql;
using NpgsqlTypes;

namespace Integritet.Audit.Ledger;

/// <summary>
/// Writes batches of leaves: the state under a lock, the pure <see cref="Sequencing"/>, then leaves, subjects, heads and sources in the same transaction. The lock spares two replicas lost work;
/// the fence is that every head and source moves by compare-and-set.
/// </summary>
public sealed class LedgerWriter(NpgsqlDataSource database)
{
    private const long SequencerLock = 0x6c65_6467_6572; // "ledger"

    /// <summary>The last position of a service that is in the ledger, 0 for none.</summary>
    public async Task<long> PositionAsync(string service, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select position from ledger_source where service = $1");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = service });
        return await command.ExecuteScalarAsync(cancellationToken) as long? ?? 0;
    }

    /// <summary>Whether every event of a service after one position, up to and with another, is of one type.</summary>
    public async Task<bool> HoldsOnlyAsync(string service, long after, long upTo, string type, CancellationToken cancellationToken)
    {
        await using var command = database.CreateCommand("select not exists (select from ledger_leaf where service = $1 and position > $2 and position <= $3 and type <> $4)");
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = service });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = after });
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = upTo });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = type });
        return await command.ExecuteScalarAsync(cancellationToken) is true;
    }

    /// <summary>Returns after commit. Throws <see cref="NpgsqlException"/> when the outcome could not be had: the same leaves may then be given again.</summary>
    public async Task<Sequenced> WriteAsync(string service, IReadOnlyCollection<Leaf> arrived, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (position, heads) = await ReadStateAsync(connection, service, arrived, cancellationToken);
        var sequenced = Sequencing.Sequence(arrived, position, heads);
        if (sequenced.Entries.Count == 0)
            return sequenced;
        await InsertAsync(connection, service, position, heads, sequenced, cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        return sequenced;
    }

    private static async Task<(long Position, Dictionary<string, LogHead> Heads)> ReadStateAsync(
        NpgsqlConnection connection, string service, IReadOnlyCollection<Leaf> arrived, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands =
            {
                Command("select pg_advisory_xact_lock($1)", [SequencerLock]),
                Command("select position from ledger_source where service = $1", [service]),
                Command("select controller, size, seen_at, lateness from ledger_head where controller = any($1)", [arrived.Select(l => l.Controller).Distinct(StringComparer.Ordinal).ToArray()]),
            },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var position = await reader.ReadAsync(cancellationToken) ? reader.GetInt64(0) : 0;
        await reader.NextResultAsync(cancellationToken);
        var heads = new Dictionary<string, LogHead>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(reader.GetString(0), new LogHead(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetTimeSpan(3)));
        return (position, heads);
    }

    private static async Task InsertAsync(
        NpgsqlConnection connection, string service, long position, Dictionary<string, LogHead> heads, Sequenced sequenced, CancellationToken cancellationToken)
    {
        await using var batch = new NpgsqlBatch(connection)
        {
            BatchCommands = { MoveSource(service, position, sequenced), MoveHeads(sequenced, heads), InsertLeaves(sequenced.Entries), InsertSubjects(sequenced.Entries) },
        };
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        await DemandAsync(reader, 1, "source", cancellationToken);
        await DemandAsync(reader, sequenced.Heads.Count, "head", cancellationToken);
    }

    private static async Task DemandAsync(NpgsqlDataReader reader, int expected, string what, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        if (reader.GetInt64(0) != expected)
            throw new LedgerMovedException($"A {what} of the ledger was moved by another writer; nothing of this batch was written.");
        await reader.NextResultAsync(cancellationToken);
    }

    private static NpgsqlBatchCommand MoveSource(string service, long from, Sequenced sequenced) => Command(
        """
        with moved as (update ledger_source set position = $3, at = $4 where service = $1 and position = $2 returning 1),
        new as (insert into ledger_source (service, position, at) select $1, $3, $4 where $2 = 0 on conflict do nothing returning 1)
        select (select count(*) from moved) + (select count(*) from new)
        """,
        [service, from, sequenced.Position, sequenced.Entries[^1].Leaf.At]);

    private static NpgsqlBatchCommand MoveHeads(Sequenced sequenced, Dictionary<string, LogHead> from)
    {
        var moves = sequenced.Heads.ToArray();
        return Command(
            """
            with moves as (select * from unnest($1, $2, $3, $4, $5) as m(controller, from_size, size, seen_at, lateness)),
            moved as (update ledger_head h set size = m.size, seen_at = m.seen_at, lateness = m.lateness from moves m where h.controller = m.controller and h.size = m.from_size returning 1),
            new as (insert into ledger_head select controller, size, seen_at, lateness from moves where from_size = 0 on conflict do nothing returning 1)
            select (select count(*) from moved) + (select count(*) from new)
            """,
            [Array(moves, m => m.Key), Array(moves, m => from.GetValueOrDefault(m.Key).Size), Array(moves, m => m.Value.Size), Array(moves, m => m.Value.SeenAt), Array(moves, m => m.Value.Lateness)]);
    }

    private static NpgsqlBatchCommand InsertLeaves(IReadOnlyList<Entry> entries) => Command(
        """
        insert into ledger_leaf (controller, index, service, position, stream, type, actor, at, seen_at, leaf_hash, leaf)
        select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        """,
        [Array(entries, e => e.Leaf.Controller), Array(entries, e => e.Index), Array(entries, e => e.Leaf.Service), Array(entries, e => e.Leaf.Position), Array(entries, e => e.Leaf.Stream),
        Array(entries, e => e.Leaf.Type), Array(entries, e => e.Leaf.Actor), Array(entries, e => e.Leaf.At), Array(entries, e => e.SeenAt), Array(entries, e => Leaf.Hash(e.Leaf.Bytes.Span)),
        Array(entries, e => e.Leaf.Bytes)]);

    private static NpgsqlBatchCommand InsertSubjects(IReadOnlyList<Entry> entries)
    {
        var rows = entries.SelectMany(e => e.Leaf.Subjects.Distinct(StringComparer.Ordinal), (e, subject) => (e.Leaf.Controller, Subject: subject, e.Index)).ToArray();
        return Command("insert into ledger_subject (controller, subject, index) select * from unnest($1, $2, $3)", [Array(rows, r => r.Controller), Array(rows, r => r.Subject), Array(rows, r => r.Index)]);
    }

    private static TColumn[] Array<TRow, TColumn>(IReadOnlyList<TRow> rows, Func<TRow, TColumn> column)
    {
        var values = new TColumn[rows.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = column(rows[i]);
        return values;
    }

    private static NpgsqlBatchCommand Command(string sql, ReadOnlySpan<object> values)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var value in values)
        {
            var parameter = new NpgsqlParameter { Value = value };
            // An array of memory is not mapped by itself.
            if (value is ReadOnlyMemory<byte>[])
                parameter.NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bytea;
            command.Parameters.Add(parameter);
        }
        return command;
    }
}

/// <summary>The compare-and-set failed: another replica has written. Nothing of the batch was.</summary>
public sealed class LedgerMovedException(string message) : Exception(message);

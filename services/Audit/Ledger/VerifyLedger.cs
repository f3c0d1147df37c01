using Npgsql;

namespace Integritet.Audit.Ledger;

/// <summary>One place where the ledger's tables contradict themselves.</summary>
public sealed record LedgerFault(string Log, long Index, string Fault);

/// <summary>
/// Derives everything again from the leaves' bytes: hashes, density, search columns, subjects, heads, and that each service's positions form one chain up to where the ledger says it is.
/// One snapshot, streamed; faults are told as they are found.
/// </summary>
public sealed class VerifyLedger(NpgsqlDataSource database)
{
    private sealed record Row(string Controller, long Index, string Service, long Position, string Stream, string Type, string Actor, DateTimeOffset At, DateTimeOffset SeenAt, byte[] Hash, byte[] Bytes, string[] Subjects);

    public async Task<IReadOnlyList<LedgerFault>> RunAsync(CancellationToken cancellationToken = default)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, cancellationToken);
        var faults = new List<LedgerFault>();
        await VerifyLogsAsync(connection, await ReadHeadsAsync(connection, cancellationToken), faults, cancellationToken);
        await VerifySourcesAsync(connection, faults, cancellationToken);
        return faults;
    }

    private static async Task<Dictionary<string, LogHead>> ReadHeadsAsync(NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        await using var command = new NpgsqlCommand("select controller, size, seen_at, lateness from ledger_head", connection);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var heads = new Dictionary<string, LogHead>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            heads.Add(reader.GetString(0), new LogHead(reader.GetInt64(1), reader.GetFieldValue<DateTimeOffset>(2), reader.GetTimeSpan(3)));
        return heads;
    }

    private static async Task VerifyLogsAsync(NpgsqlConnection connection, Dictionary<string, LogHead> heads, List<LedgerFault> faults, CancellationToken cancellationToken)
    {
        const string sql = """
            select l.controller, l.index, l.service, l.position, l.stream, l.type, l.actor, l.at, l.seen_at, l.leaf_hash, l.leaf, coalesce(s.subjects, '{}'), controller, index
            from ledger_leaf l
            full join (select controller, index, array_agg(subject order by subject collate "C") as subjects from ledger_subject group by controller, index) s using (controller, index)
            order by l.controller, l.index
            """;
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var grown = new Dictionary<string, LogHead>(StringComparer.Ordinal);
        var positions = new Dictionary<(string Log, string Service), long>();
        while (await reader.ReadAsync(cancellationToken))
        {
            if (await reader.IsDBNullAsync(0, cancellationToken))
            {
                faults.Add(new(reader.GetString(12), reader.GetInt64(13), "subjects are kept of a leaf that is not there"));
                continue;
            }
            var row = Read(reader);
            grown[row.Controller] = VerifyRow(row, grown.GetValueOrDefault(row.Controller), faults);
            if (row.Position <= positions.GetValueOrDefault((row.Controller, row.Service)))
                faults.Add(new(row.Controller, row.Index, "it is out of its service's order"));
            positions[(row.Controller, row.Service)] = row.Position;
        }
        foreach (var log in heads.Keys.Union(grown.Keys, StringComparer.Ordinal))
            if (heads.GetValueOrDefault(log) != grown.GetValueOrDefault(log))
                faults.Add(new(log, grown.GetValueOrDefault(log).Size, "the head is not what the leaves come to"));
    }

    private static Row Read(NpgsqlDataReader reader) => new(
        reader.GetString(0), reader.GetInt64(1), reader.GetString(2), reader.GetInt64(3), reader.GetString(4), reader.GetString(5), reader.GetString(6), reader.GetFieldValue<DateTimeOffset>(7),
        reader.GetFieldValue<DateTimeOffset>(8), reader.GetFieldValue<byte[]>(9), reader.GetFieldValue<byte[]>(10), reader.GetFieldValue<string[]>(11));

    private static LogHead VerifyRow(Row row, LogHead head, List<LedgerFault> faults)
    {
        void Fault(string fault) => faults.Add(new(row.Controller, row.Index, fault));
        if (row.Index != head.Size)
            Fault($"the index before it is {head.Size - 1}");
        if (!Leaf.Hash(row.Bytes).AsSpan().SequenceEqual(row.Hash))
            Fault("the hash is not that of the leaf");
        var next = head.With(row.At) with { Size = row.Index + 1 };
        if (next.SeenAt != row.SeenAt)
            Fault("the latest stamp is not that of the leaves up to it");
        try
        {
            var leaf = Leaf.Read(row.Bytes);
            if ((leaf.Controller, leaf.Service, leaf.Position, leaf.Stream, leaf.Type, leaf.Actor, leaf.At) != (row.Controller, row.Service, row.Position, row.Stream, row.Type, row.Actor, row.At))
                Fault("a search column is not what the leaf says");
            if (!leaf.Subjects.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).SequenceEqual(row.Subjects, StringComparer.Ordinal))
                Fault("the subjects are not those of the leaf");
        }
        catch (MalformedLeafException e)
        {
            Fault($"the leaf cannot be read: {e.Message}");
        }
        return next;
    }

    private static async Task VerifySourcesAsync(NpgsqlConnection connection, List<LedgerFault> faults, CancellationToken cancellationToken)
    {
        const string sql = """
            select coalesce(l.service, s.service), l.position, l.leaf, s.position
            from ledger_leaf l full join ledger_source s using (service) order by 1, 2
            """;
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 0 };
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var (service, position, end) = ("", 0L, 0L);
        while (await reader.ReadAsync(cancellationToken))
        {
            if (reader.GetString(0) != service)
            {
                CheckEnd(service, position, end, faults);
                (service, position, end) = (reader.GetString(0), 0, await reader.IsDBNullAsync(3, cancellationToken) ? 0 : reader.GetInt64(3));
            }
            if (await reader.IsDBNullAsync(1, cancellationToken))
                continue;
            CheckLink(service, position, reader.GetInt64(1), reader.GetFieldValue<byte[]>(2), faults);
            position = reader.GetInt64(1);
        }
        CheckEnd(service, position, end, faults);
    }

    private static void CheckLink(string service, long before, long position, byte[] bytes, List<LedgerFault> faults)
    {
        try
        {
            if (Leaf.Read(bytes).Previous != before)
                faults.Add(new(service, position, $"the position before it is {before}, not the one it names"));
        }
        catch (MalformedLeafException e)
        {
            faults.Add(new(service, position, $"the leaf cannot be read: {e.Message}"));
        }
    }

    private static void CheckEnd(string service, long position, long end, List<LedgerFault> faults)
    {
        if (position != end)
            faults.Add(new(service, end, $"the last leaf of the service is at {position}"));
    }
}

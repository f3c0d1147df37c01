using Microsoft.Extensions.Logging;
using Npgsql;
using NpgsqlTypes;
using RabbitMQ.Client;

namespace Integritet.Platform.Messaging;

/// <summary>A dead letter as it is listed: never its body.</summary>
internal sealed record DeadLetterEntry(Guid Id, string Queue, string Reason, string? MessageId, int Bytes, DateTimeOffset FailedAt, DateTimeOffset? ReplayedAt);

/// <summary>A page of them, newest first.</summary>
internal sealed record DeadLetterPage(IReadOnlyList<DeadLetterEntry> Items, string? Next);

/// <summary>The table of dead letters of this service.</summary>
internal sealed class DeadLetters(NpgsqlDataSource database, Broker broker, TimeProvider time, ILogger<DeadLetters> logger)
{
    /// <summary>Keeps one; keeping it again changes nothing.</summary>
    public async Task KeepAsync(DeadLetter letter, CancellationToken cancellationToken)
    {
        await using var insert = database.CreateCommand(
            """
            insert into integritet_dead_letter (id, queue, reason, message_id, content_type, headers, body, failed_at)
            values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (id) do nothing
            """);
        insert.Parameters.Add(new() { Value = letter.Id });
        insert.Parameters.Add(new() { Value = letter.Queue });
        insert.Parameters.Add(new() { Value = letter.Reason.Replace('\0', '\uFFFD') });
        insert.Parameters.Add(new() { Value = (object?)letter.MessageId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        insert.Parameters.Add(new() { Value = (object?)letter.ContentType ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
        insert.Parameters.Add(new() { Value = letter.Headers, NpgsqlDbType = NpgsqlDbType.Jsonb });
        insert.Parameters.Add(new() { Value = letter.Body });
        insert.Parameters.Add(new() { Value = time.GetUtcNow() });
        await insert.ExecuteNonQueryAsync(cancellationToken);
    }

    public async Task<DeadLetterPage> ListAsync(long before, int limit, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand(
            """
            select number, id, queue, reason, message_id, length(body), failed_at, replayed_at
            from integritet_dead_letter where number < $1 order by number desc limit $2
            """);
        select.Parameters.Add(new() { Value = before });
        select.Parameters.Add(new() { Value = limit });
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        var items = new List<DeadLetterEntry>();
        var last = 0L;
        while (await row.ReadAsync(cancellationToken))
        {
            last = row.GetInt64(0);
            items.Add(new DeadLetterEntry(
                row.GetGuid(1), row.GetString(2), row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetInt32(5),
                row.GetFieldValue<DateTimeOffset>(6), row.IsDBNull(7) ? null : row.GetFieldValue<DateTimeOffset>(7)));
        }

        return new DeadLetterPage(items, items.Count == limit ? last.ToString(System.Globalization.CultureInfo.InvariantCulture) : null);
    }

    /// <summary>Sends one to the queue it failed in, and notes it once the broker has confirmed. Null: there is none such. Consumers bear a repeat, so a crash between the two does no harm.</summary>
    public async Task<DeadLetter?> ReplayAsync(Guid id, CancellationToken cancellationToken)
    {
        if (await FindAsync(id, cancellationToken) is not { } letter) return null;
        var connection = await broker.ConnectAsync("replay", cancellationToken);
        try
        {
            var channel = await Broker.ConfirmingChannelAsync(connection, cancellationToken);
            var properties = new BasicProperties { Persistent = true, MessageId = letter.MessageId, ContentType = letter.ContentType, Headers = letter.ReplayHeaders() };
            await channel.BasicPublishAsync("", letter.Queue, mandatory: true, properties, letter.Body, cancellationToken).AsTask().WaitAsync(broker.PublishTimeout, cancellationToken);
        }
        finally
        {
            await Broker.AbandonAsync(connection);
        }

        await using var note = database.CreateCommand("update integritet_dead_letter set replayed_at = $2 where id = $1");
        note.Parameters.Add(new() { Value = id });
        note.Parameters.Add(new() { Value = time.GetUtcNow() });
        await note.ExecuteNonQueryAsync(cancellationToken);
        Log.DeadLetterReplayed(logger, id, letter.Queue);
        return letter;
    }

    private async Task<DeadLetter?> FindAsync(Guid id, CancellationToken cancellationToken)
    {
        await using var select = database.CreateCommand("select queue, reason, message_id, content_type, headers::text, body from integritet_dead_letter where id = $1");
        select.Parameters.Add(new() { Value = id });
        await using var row = await select.ExecuteReaderAsync(cancellationToken);
        return await row.ReadAsync(cancellationToken)
            ? new DeadLetter(id, row.GetString(0), row.GetString(1), row.IsDBNull(2) ? null : row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3), row.GetString(4), row.GetFieldValue<byte[]>(5))
            : null;
    }
}

using Integritet.Contracts;
using MassTransit;
using Npgsql;

namespace Integritet.Platform.Messaging;

/// <summary>Notes for all replicas that a watched service was heard: by the sender's clock, so that a heartbeat which waited counts for when it was sent.</summary>
internal sealed class HeartbeatConsumer(NpgsqlDataSource database, MessagingBuilder messaging) : IConsumer<Heartbeat>
{
    public async Task Consume(ConsumeContext<Heartbeat> context)
    {
        var heartbeat = context.Message;
        if (!messaging.WatchedSources.ContainsKey(heartbeat.Source)) return;
        var now = TimeProvider.System.GetUtcNow();
        await using var note = database.CreateCommand(
            """
            insert into integritet_source as held (source, position, heard_at) values ($1, $2, $3)
            on conflict (source) do update set position = excluded.position, heard_at = excluded.heard_at where excluded.heard_at > held.heard_at
            """);
        note.Parameters.Add(new() { Value = heartbeat.Source });
        note.Parameters.Add(new() { Value = heartbeat.Position });
        note.Parameters.Add(new() { Value = heartbeat.At < now ? heartbeat.At : now });
        await note.ExecuteNonQueryAsync(context.CancellationToken);
    }
}

using Integritet.Platform.EventStore.Appending;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>Checkpoints in Marten's <c>mt_event_progression</c>.</summary>
internal sealed class Checkpoints(NpgsqlDataSource dataSource) : ICheckpoints
{
    private const string GetSql = "select coalesce(last_seq_id, 0) from mt_event_progression where name = $1";

    private const string MoveSql =
        """
        update mt_event_progression set last_seq_id = $3, last_updated = transaction_timestamp() where name = $1 and coalesce(last_seq_id, 0) = $2
        """;

    private const string FirstMoveSql =
        """
        insert into mt_event_progression as p (name, last_seq_id) values ($1, $3)
        on conflict (name) do update set last_seq_id = excluded.last_seq_id, last_updated = transaction_timestamp() where coalesce(p.last_seq_id, 0) = $2
        """;

    public Task<long> GetAsync(string name, CancellationToken cancellationToken = default) => Outage.TranslateAsync(GetCoreAsync(name, cancellationToken));

    public Task<bool> TryMoveAsync(string name, long from, long to, CancellationToken cancellationToken = default) =>
        Outage.TranslateAsync(TryMoveCoreAsync(name, from, to, cancellationToken));

    private async Task<long> GetCoreAsync(string name, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(GetSql);
        command.Parameters.Add(AppendSql.P(name));
        return (long)(await command.ExecuteScalarAsync(cancellationToken) ?? 0L);
    }

    private async Task<bool> TryMoveCoreAsync(string name, long from, long to, CancellationToken cancellationToken)
    {
        await using var command = dataSource.CreateCommand(from == 0 ? FirstMoveSql : MoveSql);
        command.Parameters.Add(AppendSql.P(name));
        command.Parameters.Add(AppendSql.P(from));
        command.Parameters.Add(AppendSql.P(to));
        return await command.ExecuteNonQueryAsync(cancellationToken) == 1;
    }
}

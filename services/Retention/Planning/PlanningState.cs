using Npgsql;

namespace Integritet.Retention.Planning;

/// <summary>Where planning stands, whichever replica plans.</summary>
/// <param name="Done">Facts up to this position have been worked into the plans.</param>
/// <param name="NewestFact">Position of the newest fact.</param>
/// <param name="AnyStale">Whether a holding was registered on facts older than those stored.</param>
/// <param name="RebuiltAt">When the holdings' table was last built.</param>
public sealed record PlanningState(long Done, long NewestFact, bool AnyStale, DateTime RebuiltAt)
{
    public static async Task<PlanningState> ReadAsync(NpgsqlDataSource dataSource, CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            $"""
            select coalesce((select last_seq_id from mt_event_progression where name = '{FactChanges.Checkpoint}'), 0),
                   greatest((select max(position) from retention_trigger), (select max(position) from retention_agreement), (select max(position) from received_consent), (select max(from_position) from subject_link), (select max(until_position) from subject_link), 0),
                   exists (select from holding where stale and status = 'held'),
                   (select rebuilt_at from integritet_projection where name = 'holdings')
            """);
        await using var row = await command.ExecuteReaderAsync(cancel);
        await row.ReadAsync(cancel);
        return new PlanningState(row.GetInt64(0), row.GetInt64(1), row.GetBoolean(2), row.GetDateTime(3));
    }
}

using Integritet.Platform.EventStore.Appending;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.EventStore;

/// <summary>Deletes idempotency records after 48 hours and consumed messages after 30 days, a portion at a time.</summary>
internal sealed partial class ExpiredRecords(NpgsqlDataSource dataSource, TimeProvider time, ILogger<ExpiredRecords> logger) : BackgroundService
{
    /// <summary>Redelivery and replay of dead letters end long before; a message replayed later is still harmless, being no newer than what is stored.</summary>
    private static readonly TimeSpan ConsumedKeptFor = TimeSpan.FromDays(30);

    private static readonly TimeSpan Period = TimeSpan.FromMinutes(10);

    private const int Portion = 5_000;

    private const string IdempotencySql =
        """
        delete from integritet_idempotency where ctid = any(array(
            select ctid from integritet_idempotency where recorded_at <= $1 order by recorded_at limit $2 for update skip locked))
        """;

    private const string ConsumedSql =
        """
        delete from integritet_consumed_message where ctid = any(array(
            select ctid from integritet_consumed_message where recorded_at <= $1 order by recorded_at limit $2 for update skip locked))
        """;

    /// <summary>Deletes all that has expired by now.</summary>
    public async Task DeleteAsync(CancellationToken cancellationToken = default)
    {
        var now = time.GetUtcNow().UtcDateTime;
        await DeleteAsync(IdempotencySql, now - IdempotencyRecords.KeptFor, cancellationToken);
        await DeleteAsync(ConsumedSql, now - ConsumedKeptFor, cancellationToken);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Period, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                await DeleteAsync(stoppingToken);
            }
            catch (NpgsqlException e)
            {
                Postponed(e);
            }
        }
    }

    private async Task DeleteAsync(string sql, DateTime until, CancellationToken cancellationToken)
    {
        int deleted;
        do
        {
            await using var command = dataSource.CreateCommand(sql);
            command.Parameters.Add(AppendSql.P(until));
            command.Parameters.Add(AppendSql.P(Portion));
            deleted = await command.ExecuteNonQueryAsync(cancellationToken);
        }
        while (deleted == Portion);
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Expired idempotency records and consumed messages stay until the next round")]
    private partial void Postponed(Exception exception);
}

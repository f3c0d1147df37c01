using System.Diagnostics.Metrics;
using Integritet.Platform.EventStore;
using Npgsql;

namespace Integritet.Retention.Instructions;

/// <summary>Instructions past their deadline and those still open, counted now and then by the leader: metrics <c>integritet.retention.instructions.overdue</c> and <c>.open</c>, by controller.</summary>
public sealed class Overdue : IDisposable
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Integritet.Retention";

    private static readonly TimeSpan Between = TimeSpan.FromSeconds(10);

    private readonly NpgsqlDataSource _database;
    private readonly Meter _meter = new(MeterName);
    private volatile IReadOnlyList<(string Controller, long Open, long Overdue)> _counts = [];
    private long _countedAt;

    public Overdue(NpgsqlDataSource database)
    {
        _database = database;
        _meter.CreateObservableGauge("integritet.retention.instructions.overdue", () => _counts.Select(c => Measure(c.Overdue, c.Controller)), description: "Instructions past their deadline that no system has confirmed");
        _meter.CreateObservableGauge("integritet.retention.instructions.open", () => _counts.Select(c => Measure(c.Open, c.Controller)), description: "Instructions that no system has confirmed yet");
    }

    /// <summary>Counts anew, unless it was done a moment ago.</summary>
    public async Task CountAsync(CancellationToken cancellationToken)
    {
        if (_countedAt != 0 && TimeProvider.System.GetElapsedTime(_countedAt) < Between)
            return;
        _counts = await Outage.TranslateAsync(ReadAsync(cancellationToken));
        _countedAt = TimeProvider.System.GetTimestamp();
    }

    public void Dispose() => _meter.Dispose();

    private async Task<List<(string, long, long)>> ReadAsync(CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand("select tenant_id, count(*), count(escalated_at) from instruction where status in ('issued', 'failed') group by tenant_id");
        await using var row = await command.ExecuteReaderAsync(cancellationToken);
        var counts = new List<(string, long, long)>();
        while (await row.ReadAsync(cancellationToken))
            counts.Add((row.GetString(0), row.GetInt64(1), row.GetInt64(2)));
        return counts;
    }

    private static Measurement<long> Measure(long value, string controller) => new(value, new KeyValuePair<string, object?>("controller", controller));
}

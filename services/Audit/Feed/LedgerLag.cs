using System.Diagnostics.Metrics;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Messaging;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Integritet.Audit.Feed;

/// <summary>How far the ledger is behind one service.</summary>
/// <param name="Position">How far that service's log is in the ledger.</param>
/// <param name="Head">Where its log stood when it was last heard.</param>
/// <param name="Events">Positions between the two.</param>
/// <param name="Seconds">For how long the ledger has been behind a head it knew of.</param>
/// <param name="HeardAt">When its heartbeat was last heard; null for never.</param>
/// <param name="Silent">Not heard for longer than it should be.</param>
public sealed record SourceLag(string Service, long Position, long Head, long Events, double Seconds, DateTimeOffset? HeardAt, bool Silent);

/// <summary>
/// What the ledger lacks, looked at every two seconds on every replica, whichever of them receives the feed: metrics <c>integritet.ledger.lag</c> (events) and <c>integritet.ledger.lag.time</c> (seconds),
/// a part of <c>/health/ready</c> for each service, and <c>GET /internal/ledger-lag</c>. Time is physical here: silence is about processes.
/// </summary>
public sealed partial class LedgerLag : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan MaxSilence = SourceFreshness.MaxSilence;

    private readonly NpgsqlDataSource _database;
    private readonly ILogger<LedgerLag> _logger;
    private readonly Meter _meter;
    private readonly IReadOnlyList<string> _expected;
    private readonly DateTimeOffset _startedAt = TimeProvider.System.GetUtcNow();
    private readonly Dictionary<string, (long Head, DateTimeOffset Since)> _behind = new(StringComparer.Ordinal);
    private volatile IReadOnlyList<SourceLag> _now = [];

    public LedgerLag(NpgsqlDataSource database, IConfiguration configuration, IMeterFactory meters, ILogger<LedgerLag> logger)
    {
        (_database, _logger, _expected) = (database, logger, SourcesIn(configuration));
        _meter = meters.Create(LedgerDelay.MeterName);
        _meter.CreateObservableGauge("integritet.ledger.lag", () => Measure(s => s.Events), "{event}", "Events a service has published and the ledger lacks.");
        _meter.CreateObservableGauge("integritet.ledger.lag.time", () => Measure(s => s.Seconds), "s", "For how long the ledger has been behind.");
    }

    public IReadOnlyList<SourceLag> Now => _now;

    /// <summary>The services that ought to be heard: those of this installation, by their configured addresses, and Audit itself.</summary>
    public static IReadOnlyList<string> SourcesIn(IConfiguration configuration) =>
        [.. configuration.GetSection("Services").GetChildren().Select(s => s.Key).Append(AuditService.Name).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];

    public static void Map(IEndpointRouteBuilder app) => app.MapGet("/internal/ledger-lag", (LedgerLag lag) => Results.Ok(lag.Now)).RequireService();

    /// <summary>Notes a heartbeat.</summary>
    public async Task HeardAsync(FeedHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        await using var note = _database.CreateCommand(
            """
            insert into ledger_heard as held (service, head, heard_at) values ($1, $2, $3)
            on conflict (service) do update set head = greatest(held.head, excluded.head), heard_at = greatest(held.heard_at, excluded.heard_at)
            """);
        note.Parameters.Add(new() { Value = heartbeat.Service });
        note.Parameters.Add(new() { Value = heartbeat.Position });
        note.Parameters.Add(new() { Value = TimeProvider.System.GetUtcNow() });
        await note.ExecuteNonQueryAsync(cancellationToken);
    }

    public override void Dispose()
    {
        _meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var ticks = new PeriodicTimer(Every);
        do
        {
            try
            {
                _now = await LookAsync(TimeProvider.System.GetUtcNow(), stoppingToken);
            }
            catch (Exception e) when (Outage.Is(e) && !stoppingToken.IsCancellationRequested)
            {
                Unknown(e);
            }
        }
        while (await ticks.WaitForNextTickAsync(stoppingToken));
    }

    private async Task<IReadOnlyList<SourceLag>> LookAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        await using var command = _database.CreateCommand(
            """
            select service, coalesce(s.position, 0), coalesce(h.head, s.position, 0), h.heard_at
            from unnest($1) as expected(service) full join ledger_source s using (service) full join ledger_heard h using (service) order by service
            """);
        command.Parameters.Add(new() { Value = _expected.ToArray() });
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var sources = new List<SourceLag>();
        while (await reader.ReadAsync(cancellationToken))
        {
            DateTimeOffset? heardAt = await reader.IsDBNullAsync(3, cancellationToken) ? null : reader.GetFieldValue<DateTimeOffset>(3);
            var (service, position, head) = (reader.GetString(0), reader.GetInt64(1), reader.GetInt64(2));
            var silent = now - (heardAt is { } at && at > _startedAt ? at : _startedAt) > MaxSilence;
            sources.Add(new SourceLag(service, position, head, Math.Max(0, head - position), SecondsBehind(service, position, head, now), heardAt, silent));
        }
        return sources;
    }

    /// <summary>Counts from when a head was first seen that the ledger still lacks.</summary>
    private double SecondsBehind(string service, long position, long head, DateTimeOffset now)
    {
        if (position >= head)
            _behind.Remove(service);
        else if (!_behind.TryGetValue(service, out var noted) || position >= noted.Head)
            _behind[service] = (head, now);
        return _behind.TryGetValue(service, out var behind) ? (now - behind.Since).TotalSeconds : 0;
    }

    private IEnumerable<Measurement<T>> Measure<T>(Func<SourceLag, T> value)
        where T : struct => from source in _now select new Measurement<T>(value(source), new KeyValuePair<string, object?>("service", source.Service));

    [LoggerMessage(Level = LogLevel.Warning, Message = "How far the ledger is behind is not known: the database is away")]
    private partial void Unknown(Exception exception);
}

/// <summary>One service's feed: degraded while it is silent, or its events do not get into the ledger.</summary>
internal sealed class SourceHealth(LedgerLag lag, string service) : IHealthCheck
{
    private const double TooLateSeconds = 10;

    public static void Add(IServiceCollection services, IConfiguration configuration)
    {
        foreach (var source in LedgerLag.SourcesIn(configuration))
            services.AddHealthChecks().Add(new HealthCheckRegistration("feed-" + source, provider => new SourceHealth(provider.GetRequiredService<LedgerLag>(), source), HealthStatus.Degraded, tags: []));
    }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(
        lag.Now.FirstOrDefault(s => s.Service == service) switch
        {
            { Silent: true } => HealthCheckResult.Degraded($"{service} is not heard."),
            { Seconds: > TooLateSeconds } late => HealthCheckResult.Degraded($"The ledger lacks {late.Events} events of {service}."),
            _ => HealthCheckResult.Healthy(),
        });
}

using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.Platform.Policies;

/// <summary>
/// Keeps this replica's <see cref="PolicyVersions"/> up to date with what the service has received, whichever replica received it, and asks the Policy service until all have been received.
/// It looks at the read model by position, which costs one index probe, rather than following a log that is nearly all decisions.
/// </summary>
internal sealed partial class PolicyFeed(
    NpgsqlDataSource dataSource, PolicyVersions policies, PolicyListing listing, EventStreams streams, ServiceDescription service, TimeProvider clock, ILogger<PolicyFeed> logger) : BackgroundService
{
    private const int MaxAtOnce = 100;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan AskAgainAfter = TimeSpan.FromSeconds(30);

    private long _position;
    private long? _askedAt;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await TakeInAsync(stoppingToken) == MaxAtOnce)
                {
                }
                if (!policies.AreReceived)
                    await AskForAllAsync(stoppingToken);
            }
            catch (Exception e) when (e is NpgsqlException or EventStoreUnavailableException)
            {
                StoreAway(e);
            }
            await Task.Delay(Period, stoppingToken);
        }
    }

    private async Task<int> TakeInAsync(CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand(
            "select tenant_id, version, hash, document, effective_from, known_from, position from received_policy where position > $1 order by position limit $2");
        command.Parameters.Add(new NpgsqlParameter<long> { TypedValue = _position });
        command.Parameters.Add(new NpgsqlParameter<int> { TypedValue = MaxAtOnce });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var received = new List<(string, PolicyVersion)>();
        var position = _position;
        var rows = 0;
        for (; await reader.ReadAsync(cancel); rows++)
        {
            var (controller, version) = (reader.GetString(0), reader.GetInt32(1));
            listing.Received(controller, version);
            if (PolicyVersion.Read(version, reader.GetString(2), reader.GetString(3), reader.GetFieldValue<DateTimeOffset>(4), reader.GetInt64(5)) is { } policy)
                received.Add((controller, policy));
            else
                NotUnderstood(controller, version);
            position = reader.GetInt64(6);
        }
        if (received.Count > 0)
            policies.Add(received);
        _position = position;
        return rows;
    }

    private async Task AskForAllAsync(CancellationToken cancel)
    {
        if (await listing.IsCompleteAsync(cancel))
            policies.AllReceived();
        if (policies.AreReceived || (_askedAt is { } asked && clock.GetElapsedTime(asked) < AskAgainAfter))
            return;
        _askedAt = clock.GetTimestamp();
        var id = Guid.CreateVersion7().ToString();
        await streams.AppendAsync(
            PoliciesAsked.Tenant, PoliciesAsked.Stream, ExpectedVersion.Any, [new PoliciesAsked()], new EventMetadata(id, id, service.Name), cancellationToken: cancel);
    }

    [LoggerMessage(Level = LogLevel.Error, Message = "Policy version {Version} of {Controller} is not understood by this engine, or is not what its hash says: nothing is decided by it")]
    private partial void NotUnderstood(string controller, int version);

    [LoggerMessage(Level = LogLevel.Warning, Message = "Policies cannot be read just now; trying again")]
    private partial void StoreAway(Exception e);
}

/// <summary>Without its policy nothing can be decided for a controller.</summary>
internal sealed class PolicyHealth(PolicyVersions policies) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(policies.AreReceived ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Not every published policy has been received yet, or there is none."));
}

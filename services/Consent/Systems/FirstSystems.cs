using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Npgsql;

namespace Integritet.Consent.Systems;

/// <summary>
/// Registers the systems of record that a controller's newest policy names and nobody has registered: at first start all of them. Every replica does so: each system's stream must not exist yet, so one of them
/// registers it, once, and what an officer registered before or later stands.
/// </summary>
public sealed partial class FirstSystems(NpgsqlDataSource dataSource, EventStreams streams, PolicyVersions policies, ILogger<FirstSystems> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    /// <summary>The policy version of each controller whose systems have been seen to.</summary>
    private readonly Dictionary<string, int> _done = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var (controller, version) in await NewestPoliciesAsync(stoppingToken))
                    if (_done.GetValueOrDefault(controller) < version && policies.Find(controller, version) is { } newest)
                    {
                        await RegisterAsync(controller, newest, stoppingToken);
                        _done[controller] = version;
                    }
            }
            catch (Exception e) when (e is NpgsqlException or EventStoreUnavailableException)
            {
                StoreAway(e);
            }
            await Task.Delay(Period, stoppingToken);
        }
    }

    private async Task<List<(string Controller, int Version)>> NewestPoliciesAsync(CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand("select tenant_id, max(version) from received_policy group by tenant_id");
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<(string, int)>();
        while (await reader.ReadAsync(cancel))
            found.Add((reader.GetString(0), reader.GetInt32(1)));
        return found;
    }

    private async Task RegisterAsync(string controller, PolicyVersion policy, CancellationToken cancel)
    {
        var (id, registered) = (Guid.CreateVersion7().ToString(), 0);
        foreach (var (name, system) in policy.Document.Systems)
        {
            var result = await streams.AppendAsync(
                controller, SystemOfRecord.Aggregate.StreamOf(name), ExpectedVersion.NoStream, [new SystemOfRecordRegistered(name, system.Encrypted, system.Processor)],
                new EventMetadata(id, id, "consent"), new AppendOptions { StreamType = SystemOfRecord.Aggregate.Name, Priority = AppendPriority.Bulk }, cancel);
            registered += result is AppendResult.Appended ? 1 : 0;
        }
        Registered(controller, registered, policy.Document.Systems.Count);
    }

    [LoggerMessage(Level = LogLevel.Information, Message = "Systems of record of {Controller}: {Registered} of the {Named} that its policy names were registered now")]
    private partial void Registered(string controller, int registered, int named);

    [LoggerMessage(Level = LogLevel.Warning, Message = "The first systems of record cannot be registered just now; trying again")]
    private partial void StoreAway(Exception e);
}

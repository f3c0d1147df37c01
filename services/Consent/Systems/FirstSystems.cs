using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Systems;

/// <summary>
/// Registers, when a controller's policy is first known, the systems of record that it names. Every replica does so: each system's stream must not exist yet, so one of them registers it, once, and what an
/// officer registered before or later stands.
/// </summary>
public sealed partial class FirstSystems(NpgsqlDataSource dataSource, EventStreams streams, PolicyVersions policies, ILogger<FirstSystems> logger) : BackgroundService
{
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);

    private readonly HashSet<string> _done = new(StringComparer.Ordinal);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                foreach (var controller in await NewControllersAsync(stoppingToken))
                    if (policies.InForce(controller, DateTimeOffset.MaxValue) is { } newest)
                    {
                        await RegisterAsync(controller, newest, stoppingToken);
                        _done.Add(controller);
                    }
            }
            catch (Exception e) when (e is NpgsqlException or EventStoreUnavailableException)
            {
                StoreAway(e);
            }
            await Task.Delay(Period, stoppingToken);
        }
    }

    private async Task<List<string>> NewControllersAsync(CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand("select distinct tenant_id from received_policy where not tenant_id = any($1)");
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. _done], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new List<string>();
        while (await reader.ReadAsync(cancel))
            found.Add(reader.GetString(0));
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

using System.Collections.Concurrent;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Npgsql;
using static Integritet.Retention.SqlParameters;

namespace Integritet.Retention.Systems;

/// <summary>A system of record.</summary>
/// <param name="Encrypted">Whether what it holds is encrypted (NI-11).</param>
public sealed record RegisteredSystem(string Name, bool Encrypted);

/// <summary>This replica's copy of the systems of record: those told of, and until then those of the policy, which are registered at first start.</summary>
public sealed class SystemRegister
{
    private readonly ConcurrentDictionary<(string Controller, string Name), RegisteredSystem> _told = new();

    /// <summary>A system by name; null for one that is not registered.</summary>
    public RegisteredSystem? Find(string controller, PolicyVersion policy, string name) =>
        _told.TryGetValue((controller, name), out var told) ? told
        : policy.Document.Systems.TryGetValue(name, out var named) ? new RegisteredSystem(name, named.Encrypted)
        : null;

    /// <summary>Every system's name.</summary>
    public IReadOnlyCollection<string> Names(string controller, PolicyVersion policy) =>
        [.. _told.Keys.Where(k => k.Controller == controller).Select(k => k.Name).Union(policy.Document.Systems.Keys, StringComparer.Ordinal)];

    /// <summary>Takes in what was told.</summary>
    public void Add(string controller, RegisteredSystem system) => _told[(controller, system.Name)] = system;
}

/// <summary>Keeps the copy up to date, whichever replica was told.</summary>
internal sealed partial class SystemFeed(NpgsqlDataSource dataSource, SystemRegister register, ILogger<SystemFeed> logger) : BackgroundService
{
    private const int MaxAtOnce = 1_000;
    private static readonly TimeSpan Period = TimeSpan.FromMilliseconds(250);
    private long _position;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await TakeInAsync(stoppingToken) == MaxAtOnce)
                {
                }
            }
            catch (Exception e) when (Outage.Is(e))
            {
                StoreAway(e);
            }
            await Task.Delay(Period, stoppingToken);
        }
    }

    private async Task<int> TakeInAsync(CancellationToken cancel)
    {
        await using var command = dataSource.CreateCommand("select tenant_id, name, encrypted, position from received_system where position > $1 order by position limit $2");
        command.Parameters.AddRange((NpgsqlParameter[])[Number(_position), Count(MaxAtOnce)]);
        await using var row = await command.ExecuteReaderAsync(cancel);
        var rows = 0;
        for (; await row.ReadAsync(cancel); rows++)
        {
            register.Add(row.GetString(0), new RegisteredSystem(row.GetString(1), row.GetBoolean(2)));
            _position = row.GetInt64(3);
        }
        return rows;
    }

    [LoggerMessage(Level = LogLevel.Warning, Message = "Systems of record cannot be read just now; trying again")]
    private partial void StoreAway(Exception e);
}

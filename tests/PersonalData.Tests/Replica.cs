using System.Security.Cryptography;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace Integritet.PersonalData.Tests;

/// <summary>One replica of a service with an event store and personal data in it.</summary>
public sealed class Replica : IAsyncDisposable
{
    public const string Tenant = "almena";

    private readonly ServiceProvider _services;

    private Replica(ServiceProvider services) => _services = services;

    public IEventStore Store => Get<IEventStore>();

    public IEventSerializer Serializer => Get<IEventSerializer>();

    public DataKeys Keys => Get<DataKeys>();

    public Pseudonyms Pseudonyms => Get<Pseudonyms>();

    public static string NewKey() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <param name="connectionString">The service's database.</param>
    /// <param name="keyEncryptionKeys">Its key-encryption keys, the current one first.</param>
    /// <param name="cacheSeconds">How long it may use a key without asking.</param>
    /// <param name="listens">False is a replica that hears of no destruction.</param>
    /// <param name="maxCachedKeys">How many keys it may hold.</param>
    public static async Task<Replica> StartAsync(string connectionString, IReadOnlyList<string> keyEncryptionKeys, int cacheSeconds = 60, bool listens = true, int maxCachedKeys = 10_000)
    {
        var pseudonymKey = Path.Combine(Path.GetTempPath(), $"pseudonym-{Guid.CreateVersion7():n}");
        await File.WriteAllTextAsync(pseudonymKey, Convert.ToBase64String(new byte[32]));
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["EventStore:ConnectionString"] = connectionString,
            ["PersonalData:PseudonymKeyFile"] = pseudonymKey,
            ["PersonalData:KeyEncryptionKey"] = string.Join('\n', keyEncryptionKeys),
            ["PersonalData:KeyCacheSeconds"] = cacheSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture),
            ["PersonalData:MaxCachedKeys"] = maxCachedKeys.ToString(System.Globalization.CultureInfo.InvariantCulture),
        }).Build();
        var collection = new ServiceCollection();
        collection.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Warning));
        collection.AddEventStore(configuration, StoredEvents.In(typeof(Replica).Assembly), []);
        collection.AddPersonalData(configuration.GetSection("PersonalData"));
        var replica = new Replica(collection.BuildServiceProvider());
        foreach (var hosted in replica.Hosted.Where(h => listens || h.GetType().Name != "KeyKeeping"))
            await hosted.StartAsync(TestContext.Current.CancellationToken);
        _ = replica.Serializer;
        _ = replica.Pseudonyms;
        File.Delete(pseudonymKey);
        return replica;
    }

    public async Task<AppendResult> AppendAsync(string stream, object @event, string tenant = Tenant) =>
        await Get<EventStreams>().AppendAsync(tenant, stream, ExpectedVersion.Any, [@event], new EventMetadata("c", "c", "test"), cancellationToken: TestContext.Current.CancellationToken);

    public async Task<IReadOnlyList<object>> ReadAsync(string stream, string tenant = Tenant)
    {
        var events = new List<object>();
        foreach (var recorded in await Store.ReadStreamAsync(tenant, stream))
            events.Add(await Serializer.DeserializeAsync(recorded, TestContext.Current.CancellationToken));
        return events;
    }

    public async Task<RecordedEvent> RecordedAsync(string stream, string tenant = Tenant) => (await Store.ReadStreamAsync(tenant, stream))[^1];

    public async Task<object?> ScalarAsync(string sql)
    {
        await using var command = Get<NpgsqlDataSource>().CreateCommand(sql);
        return await command.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    public T Get<T>()
        where T : notnull => _services.GetRequiredService<T>();

    private IEnumerable<IHostedService> Hosted => _services.GetServices<IHostedService>();

    public async ValueTask DisposeAsync()
    {
        foreach (var hosted in Hosted.Reverse())
            await hosted.StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
    }
}

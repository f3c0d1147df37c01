using System.Globalization;
using Integritet.Platform.EventStore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Integritet.Benchmarks.EventStore;

/// <summary>The event store against raw Npgsql on the same tables and server.</summary>
internal static class EventStoreBenchmarks
{
    public static async Task<int> RunAsync(string[] args)
    {
        var round = TimeSpan.FromSeconds(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 4);
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var only = args.Length > 2 ? args[2] : "";
        await using var databases = await Databases.CreateAsync();
        await using var raw = new RawAppends(databases.Raw);
        await raw.PrepareAsync(32);

        Console.WriteLine(ComparisonTable.Header);
        foreach (var comparison in AppendComparisons.All(databases, raw).Where(c => c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            Console.WriteLine(await ComparisonTable.RowAsync(comparison, round, rounds));
        return 0;
    }
}

/// <summary>Two databases with the same schema on one server: one written raw, one by the event store.</summary>
internal sealed class Databases(NpgsqlDataSource raw, ServiceProvider services, NpgsqlDataSource admin, string[] names) : IAsyncDisposable
{
    public NpgsqlDataSource Raw => raw;

    public IEventStore Store => services.GetRequiredService<IEventStore>();

    public static async Task<Databases> CreateAsync()
    {
        var server = Environment.GetEnvironmentVariable("INTEGRITET_TEST_POSTGRES")!;
        var admin = NpgsqlDataSource.Create(server);
        var suffix = Guid.CreateVersion7().ToString("N");
        string[] names = [$"bench_raw_{suffix}", $"bench_ours_{suffix}"];
        foreach (var name in names)
            await ExecuteAsync(admin, $"create database {name}");
        string Connection(string name) => new NpgsqlConnectionStringBuilder(server) { Database = name, MaxPoolSize = 150 }.ConnectionString;
        await (await StartAsync(Connection(names[0]))).DisposeAsync();
        return new Databases(NpgsqlDataSource.Create(Connection(names[0])), await StartAsync(Connection(names[1])), admin, names);
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await raw.DisposeAsync();
        foreach (var name in names)
            await ExecuteAsync(admin, $"drop database {name} with (force)");
        await admin.DisposeAsync();
    }

    private static async Task<ServiceProvider> StartAsync(string connectionString)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("EventStore:ConnectionString", connectionString)]).Build();
        var services = new ServiceCollection().AddLogging().AddEventStore(configuration, StoredEvents.In(), []).BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
        return services;
    }

    private static async Task ExecuteAsync(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }
}

internal static class AppendComparisons
{
    public static IEnumerable<Comparison> All(Databases databases, RawAppends raw)
    {
        var (rawLoad, ourLoad) = (new Workload("a"), new Workload("a"));
        ValueTask<int> FourCommands(int caller)
        {
            var (append, version) = rawLoad.Next(caller);
            return raw.FourCommandsAsync(caller, append, version);
        }
        ValueTask<int> OneBatch(int caller)
        {
            var (append, version) = rawLoad.Next(caller);
            return raw.OneBatchAsync(caller, append, version);
        }
        async ValueTask<int> Ours(int caller)
        {
            var (append, _) = ourLoad.Next(caller);
            return await databases.Store.AppendAsync(append) is AppendResult.Appended ? 1 : throw new InvalidOperationException("not appended");
        }
        yield return new Comparison("append one event, raw transaction of four commands", "events", 3.0, 32, FourCommands, Ours) { TailMatters = true };
        yield return new Comparison("append one event, raw transaction of four commands", "events", 0.8, 1, FourCommands, Ours);
        yield return new Comparison("append one event, raw pair in one batch", "events", null, 32, OneBatch, Ours);

        var (rawMany, ourMany) = (new Workload("m"), new Workload("m"));
        yield return new Comparison(
            "append a thousand events, raw unnest", "events", 0.5, 1,
            caller => raw.UnnestAsync(caller, rawMany.NextMany(caller, 1000)),
            async caller => await databases.Store.AppendAsync(ourMany.NextMany(caller, 1000)) is AppendResult.Appended ? 1000 : throw new InvalidOperationException("not appended"));
    }
}

using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Servers;
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

        var cpu = await ServerCpu.OfAsync(databases.Raw);
        Console.WriteLine(ComparisonTable.HeaderWithCpu);
        var comparisons = AppendComparisons.All(databases, raw).Concat(await ReadComparisons.AllAsync(databases));
        foreach (var comparison in comparisons.Where(c => c.Name.Contains(only, StringComparison.OrdinalIgnoreCase)))
            Console.WriteLine(await ComparisonTable.RowAsync(comparison, round, rounds, cpu));
        return 0;
    }
}

/// <summary>Two databases with the same schema on one server: one written raw, one by the event store.</summary>
internal sealed class Databases(PostgresServer server, NpgsqlDataSource raw, ServiceProvider services) : IAsyncDisposable
{
    public NpgsqlDataSource Raw => raw;

    /// <summary>The pool the store reads with.</summary>
    public NpgsqlDataSource Ours => services.GetRequiredService<NpgsqlDataSource>();

    public IEventStore Store => services.GetRequiredService<IEventStore>();

    public static async Task<Databases> CreateAsync()
    {
        var server = await PostgresServer.StartAsync();
        var (raw, ours) = (await server.CreateDatabaseAsync(), await server.CreateDatabaseAsync());
        await (await StartAsync(raw)).DisposeAsync();
        return new Databases(server, NpgsqlDataSource.Create(raw), await StartAsync(ours));
    }

    public async ValueTask DisposeAsync()
    {
        await services.DisposeAsync();
        await raw.DisposeAsync();
        await server.DisposeAsync();
    }

    private static async Task<ServiceProvider> StartAsync(string connectionString)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("EventStore:ConnectionString", connectionString)]).Build();
        var services = new ServiceCollection().AddLogging().AddEventStore(configuration, StoredEvents.In(), []).BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
        return services;
    }
}

using System.Diagnostics;
using System.Globalization;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Retention;
using Integritet.Retention.Runs;
using Integritet.Servers;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;

namespace Integritet.Benchmarks.Retention;

/// <summary>
/// A dry run over many holdings, a tenth of them due, against one SQL aggregate over the same rows, and the real run of it carried through while somebody asks how it stands; from ten thousand to a million.
/// </summary>
internal static class RunBenchmarks
{
    private const string Controller = "netip";
    private const double Most = 3;

    private static readonly TimeSpan MostForARun = TimeSpan.FromMinutes(30);
    private static readonly DateTimeOffset Now = new(2026, 11, 2, 12, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(string[] args)
    {
        var largest = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        Console.WriteLine("| holdings | due | on hold | SQL aggregate ms | dry run ms | ratio (each round) | target | µs per holding | largest heap MiB | real run of what is due, items/s | largest heap MiB |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|---|");
        for (var count = Math.Min(10_000, largest); count <= largest; count *= 10)
        {
            await using var postgres = await PostgresServer.StartAsync();
            await using var services = await StartAsync(await postgres.CreateDatabaseAsync());
            await FillAsync(services.GetRequiredService<NpgsqlDataSource>(), count);
            Console.WriteLine(await RowAsync(services, count, rounds));
        }

        return 0;
    }

    private static async Task<string> RowAsync(ServiceProvider services, int count, int rounds)
    {
        var (database, planner) = (services.GetRequiredService<NpgsqlDataSource>(), services.GetRequiredService<RunPlanner>());
        await AggregateAsync(database);
        var plan = await Bound.WithinAsync(PlanAsync(planner), "a dry run ends", MostForARun);
        var (aggregates, plans, heap) = (new List<double>(), new List<double>(), 0L);
        for (var round = 0; round < rounds; round++)
        {
            aggregates.Add(await MillisecondsAsync(() => AggregateAsync(database)));
            var (took, largest) = await WatchedAsync(() => PlanAsync(planner));
            plans.Add(took);
            heap = Math.Max(heap, largest);
        }
        var run = await CarryThroughAsync(services, plan.Due);

        var ratios = aggregates.Zip(plans, (a, p) => p / a).ToArray();
        var ratio = Median(ratios);
        return string.Create(CultureInfo.InvariantCulture,
            $"| {count:#,0} | {plan.Due:#,0} | {plan.OnHold:#,0} | {Median(aggregates):0.0} | {Median(plans):0.0} | **{ratio:0.00}×** ({string.Join(", ", ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}) "
            + $"| {(count < 1_000_000 ? "none" : $"≤ {Most:0}× {(ratio <= Most ? "met" : "**missed**")}")} | {Median(plans) * 1_000 / count:0.00} | {heap / 1048576.0:0} | {run.ItemsPerSecond:#,0} | {run.Heap / 1048576.0:0} |");
    }

    private static async Task<(double ItemsPerSecond, long Heap)> CarryThroughAsync(ServiceProvider services, long items)
    {
        var (runId, id) = (Guid.CreateVersion7(), Guid.CreateVersion7().ToString());
        var plan = await services.GetRequiredService<RunPlanner>().PlanAsync(Controller, runId, Now, scheduled: false, CancellationToken.None);
        await services.GetRequiredService<EventStreams>().AppendAsync(
            Controller, Run.Aggregate.StreamOf(runId.ToString()), ExpectedVersion.NoStream, [new RunEvent.Started(runId, plan, null, null)], new EventMetadata(id, id, "benchmark"));
        var (milliseconds, heap) = await WatchedAsync(async () =>
        {
            var running = services.GetRequiredService<ExecuteRuns>().ContinueAsync(Controller, runId, CancellationToken.None);
            while (await Task.WhenAny(running, Task.Delay(100)) != running)
                await services.GetRequiredService<RunRegister>().FindAsync(Controller, runId, CancellationToken.None);
            await running;
            return runId;
        });
        return await services.GetRequiredService<RunRegister>().FindAsync(Controller, runId, CancellationToken.None) is { Status: "completed" } done && done.Instructed == items
            ? (items * 1_000 / milliseconds, heap) : throw new InvalidOperationException("The run was not carried through.");
    }

    private static Task<PlanSummary> PlanAsync(RunPlanner planner) => planner.PlanAsync(Controller, Guid.CreateVersion7(), Now, scheduled: false, CancellationToken.None);

    private static async Task<long> AggregateAsync(NpgsqlDataSource database)
    {
        await using var command = database.CreateCommand(
            "select count(*), count(*) filter (where due_at <= $2), min(due_at), max(due_at) from holding where tenant_id = $1 and status in ('held', 'moved')");
        command.Parameters.AddRange((NpgsqlParameter[])[new() { Value = Controller, DataTypeName = "varchar" }, new() { Value = Now.UtcDateTime }]);
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return row.GetInt64(1);
    }

    /// <summary>The rows as their registration would have made them: one person in a hundred thousand under a hold, a tenth of the holdings due.</summary>
    private static async Task FillAsync(NpgsqlDataSource database, int count)
    {
        await using var fill = new NpgsqlCommand(
            """
            insert into holding (tenant_id, holding_id, generation, system, reference, subject, customer, categories, purposes, recorded_at, relevant, customer_owned, customer_controlled,
                                 position, status, status_position, rule, act, due_at, run_at, stale)
            select 'netip', gen_random_uuid(), 1, 'netflow', 'log-' || n, 'ps_' || md5((n / 10)::text), null, '{network-log}', '{network-operation}', $1 - interval '28 days' + make_interval(mins => n),
                   false, false, false, n, 'held', n, 'NI-1', 'erase', case when n % 10 = 0 then $1 - make_interval(mins => n % 10000) else $1 + make_interval(mins => n) end, $1, false
            from generate_series(1, $2) n
            """,
            await database.OpenConnectionAsync())
        {
            Parameters = { new() { Value = Now.UtcDateTime }, new() { Value = count } }, CommandTimeout = 600,
        };
        await using var connection = fill.Connection!;
        await fill.ExecuteNonQueryAsync();
        await using var hold = new NpgsqlCommand(
            """
            insert into legal_hold (tenant_id, hold_id, legal_case, subject, holding_id, position, placed_at)
            select 'netip', gen_random_uuid(), 'case-' || n, 'ps_' || md5((n * 1000)::text), null, n, now() from generate_series(1, greatest(1, $1 / 100000)) n
            """,
            connection)
        {
            Parameters = { new() { Value = count } },
        };
        await hold.ExecuteNonQueryAsync();
        await using var vacuum = new NpgsqlCommand("vacuum analyze", connection) { CommandTimeout = 600 };
        await vacuum.ExecuteNonQueryAsync();
    }

    private static async Task<ServiceProvider> StartAsync(string connectionString)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection([new("EventStore:ConnectionString", connectionString)]).Build();
        var services = new ServiceCollection().AddLogging().AddSingleton(TimeProvider.System).AddSingleton<IConfiguration>(configuration).AddSingleton<PolicyVersions>()
            .AddEventStore(configuration, StoredEvents.In(typeof(RetentionParts).Assembly, LocalPolicies.Events), RetentionParts.Projections).AddPlans().AddRuns().BuildServiceProvider();
        foreach (var hosted in services.GetServices<IHostedService>())
            await hosted.StartAsync(CancellationToken.None);
        return services;
    }

    private static async Task<(double Milliseconds, long Heap)> WatchedAsync<T>(Func<Task<T>> work)
    {
        GC.Collect();
        using var watched = new CancellationTokenSource();
        var watch = LargestHeapAsync(watched.Token);
        double took;
        try
        {
            took = await MillisecondsAsync(() => Bound.WithinAsync(work(), "a plan or a run ends", MostForARun));
        }
        finally
        {
            await watched.CancelAsync();
        }
        return (took, await watch);
    }

    private static async Task<double> MillisecondsAsync<T>(Func<Task<T>> work)
    {
        var began = Stopwatch.GetTimestamp();
        await work();
        return Stopwatch.GetElapsedTime(began).TotalMilliseconds;
    }

    private static async Task<long> LargestHeapAsync(CancellationToken stop)
    {
        var largest = 0L;
        while (!stop.IsCancellationRequested)
        {
            largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: false));
            await Task.Delay(10, CancellationToken.None);
        }

        return largest;
    }

    private static double Median(IReadOnlyCollection<double> values) => values.Order().ElementAt(values.Count / 2);
}

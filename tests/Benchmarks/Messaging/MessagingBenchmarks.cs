using System.Diagnostics;
using System.Globalization;
using Integritet.Servers;

namespace Integritet.Benchmarks.Messaging;

/// <summary>Store → RabbitMQ → ledger against bare publish, confirm and consume of the same bytes, on the same servers in turns; then the delay from commit to ledger under a steady load.</summary>
internal static class MessagingBenchmarks
{
    private const double TargetRatio = 0.5;
    private const double TargetP99Ms = 250;
    private const int EventsPerSecond = 1_000;

    public static async Task<int> RunAsync(string[] args)
    {
        var events = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 20_000;
        var rounds = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 5;
        var seconds = args.Length > 2 ? int.Parse(args[2], CultureInfo.InvariantCulture) : 20;
        await using var postgres = await PostgresServer.StartAsync();
        await using var rabbit = await RabbitMqServer.StartAsync();
        await CompareAsync(postgres, rabbit, events, rounds);
        await DelayAsync(postgres, rabbit, seconds);
        return 0;
    }

    private static async Task CompareAsync(PostgresServer postgres, RabbitMqServer rabbit, int events, int rounds)
    {
        var bare = new List<double>();
        var ours = new List<double>();
        for (var round = 0; round <= rounds; round++)
        {
            var (messages, drained) = await DrainAsync(postgres, rabbit, events);
            var published = await BareRound.RunAsync(await rabbit.CreateVirtualHostAsync(), messages);
            // The first round warms up.
            if (round == 0) continue;
            ours.Add(events / drained.TotalSeconds);
            bare.Add(events / published.TotalSeconds);
        }

        var ratios = ours.Zip(bare, (o, b) => o / b).ToArray();
        Console.WriteLine("| what | bare /s | ours /s | ratio (each round) | target |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| store → RabbitMQ → ledger, {events:#,0} events | {Median(bare):#,0} | {Median(ours):#,0} | **{Median(ratios):0.00}×** ({string.Join(", ", ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}) | ≥ {TargetRatio:0.0}× {(Median(ratios) >= TargetRatio ? "met" : "**missed**")} |"));
    }

    /// <summary>A full log, an empty ledger: the time from the forwarder's first read to the last event's commit in the ledger. Gives the messages, for the baseline to send the same bytes.</summary>
    private static async Task<(IReadOnlyList<byte[]> Messages, TimeSpan Time)> DrainAsync(PostgresServer postgres, RabbitMqServer rabbit, int events)
    {
        var amqp = await rabbit.CreateVirtualHostAsync();
        var database = await postgres.CreateDatabaseAsync();
        await using var store = await BenchService.StartStoreAsync(database);
        await store.FillAsync(events);
        var messages = await store.MessagesAsync();
        await using var audit = await BenchService.StartAuditAsync(await postgres.CreateDatabaseAsync(), amqp);
        await using var source = await BenchService.StartSourceAsync(database, amqp);
        var clock = Stopwatch.StartNew();
        var head = await store.HeadAsync();
        await source.LeadsAsync();
        var started = clock.Elapsed;
        await Bound.UntilAsync(() => audit.LastInLedger >= head, $"event {head} is in the ledger");
        return (messages, clock.Elapsed - started);
    }

    private static async Task DelayAsync(PostgresServer postgres, RabbitMqServer rabbit, int seconds)
    {
        var amqp = await rabbit.CreateVirtualHostAsync();
        var database = await postgres.CreateDatabaseAsync();
        await using var audit = await BenchService.StartAuditAsync(await postgres.CreateDatabaseAsync(), amqp);
        await using var source = await BenchService.StartSourceAsync(database, amqp);
        await source.LeadsAsync();
        await source.LoadAsync(EventsPerSecond, TimeSpan.FromSeconds(3));
        audit.ForgetDelays();
        var appended = await source.LoadAsync(EventsPerSecond, TimeSpan.FromSeconds(seconds));
        var head = await source.HeadAsync();
        await Bound.UntilAsync(() => audit.LastInLedger >= head, $"event {head} is in the ledger");
        var delays = audit.Delays.Order().ToArray();
        double At(double share) => delays[(int)((delays.Length - 1) * share)].TotalMilliseconds;
        Console.WriteLine();
        Console.WriteLine("| what | events/s asked / had | p50 ms | p99 ms | max ms | target |");
        Console.WriteLine("|---|---|---|---|---|---|");
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"| commit → ledger, open load, {seconds} s | {EventsPerSecond:#,0} / {appended / (double)seconds:#,0} | {At(0.5):0.0} | {At(0.99):0.0} | {At(1):0.0} | p99 < {TargetP99Ms:0} ms {(At(0.99) < TargetP99Ms ? "met" : "**missed**")} |"));
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }
}

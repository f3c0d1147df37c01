using System.Diagnostics;
using System.Globalization;
using Integritet.Benchmarks.Gateway;

namespace Integritet.Benchmarks.Memory;

/// <summary>Resident memory of each service at rest against a bare application with the same packages, and over a soak of decisions at a steady pace.</summary>
internal static class MemoryBenchmarks
{
    private const double Target = 1.6;
    private static readonly string[] Services = ["policy", "consent", "retention", "disclosure", "audit", "gateway"];
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(10);

    public static async Task<int> RunAsync(string[] args)
    {
        var soak = TimeSpan.FromMinutes(args.Length > 0 ? double.Parse(args[0], CultureInfo.InvariantCulture) : 10);
        await using var system = await RunningSystem.StartAsync();
        using var bare = BareService.Start(await system.CreateDatabaseAsync(), system.BrokerUri());
        try
        {
            await Ports.OpenAsync(bare.Port);
            await Task.Delay(Rest); // this is what is measured: a minute in which nobody asks anything
            var baseline = ResidentMib(bare.Process.Id);
            var rest = system.Pids(Services).ToDictionary(p => p.Service, p => ResidentMib(p.Pid));
            var (half, end) = await SoakAsync(system, soak);

            Console.WriteLine($"| service | at rest, MiB | bare application, MiB | ratio | target | after {soak.TotalMinutes / 2:0.#} min of 100 decisions/s | after {soak.TotalMinutes:0.#} min |");
            Console.WriteLine("|---|---|---|---|---|---|---|");
            foreach (var service in Services)
            {
                var ratio = rest[service] / baseline;
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"| {service} | {rest[service]:0} | {baseline:0} | **{ratio:0.00}×** | ≤ {Target:0.0}× {(ratio <= Target ? "met" : "**missed**")} | {half[service]:0} | {end[service]:0} |"));
            }
            return 0;
        }
        finally
        {
            bare.Process.Kill();
            await bare.Process.WaitForExitAsync();
        }
    }

    private static async Task<(Dictionary<string, double> Half, Dictionary<string, double> End)> SoakAsync(RunningSystem system, TimeSpan soak)
    {
        await system.GiveConsentsAsync(1);
        using var connection = new RawHttp("127.0.0.1", system.Port);
        var question = RawHttp.Post("127.0.0.1", system.Port, "/v1/almena/decisions", system.Key, GatewayBenchmarks.Question(0));
        var started = Stopwatch.GetTimestamp();
        using var ticks = new PeriodicTimer(Pace);
        Dictionary<string, double>? half = null;
        while (Stopwatch.GetElapsedTime(started) < soak && await ticks.WaitForNextTickAsync())
        {
            await connection.SendAsync(question);
            if (half is null && Stopwatch.GetElapsedTime(started) > soak / 2)
                half = Measure(system);
        }
        return (half ?? Measure(system), Measure(system));
    }

    private static Dictionary<string, double> Measure(RunningSystem system) => system.Pids(Services).ToDictionary(p => p.Service, p => ResidentMib(p.Pid));

    private static double ResidentMib(int pid)
    {
        var line = File.ReadLines($"/proc/{pid.ToString(CultureInfo.InvariantCulture)}/status").First(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
        return long.Parse(line.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024.0;
    }
}

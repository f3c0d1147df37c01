using System.Diagnostics;
using System.Globalization;

namespace Integritet.Benchmarks;

/// <summary>One round of one load: how much was done in what time, and how long each operation took.</summary>
/// <param name="Units">Units of work done (events, rows, decisions).</param>
/// <param name="Elapsed">Wall time.</param>
/// <param name="Latencies">Of each operation, in stopwatch ticks.</param>
/// <param name="Cpu">Seconds of processor time used meanwhile, here and by the server; zero where it cannot be told.</param>
public sealed record Measurement(long Units, TimeSpan Elapsed, IReadOnlyList<long> Latencies, (double Client, double Server) Cpu)
{
    /// <summary>Units per second.</summary>
    public double Rate => Units / Elapsed.TotalSeconds;

    /// <summary>Runs closed loops side by side; each operation returns the units it did.</summary>
    public static async Task<Measurement> RunAsync(int callers, TimeSpan duration, Func<int, ValueTask<int>> operation, ServerCpu? cpu = null)
    {
        var cpuBefore = cpu?.Read() ?? default;
        using var stop = new CancellationTokenSource();
        var started = Stopwatch.GetTimestamp();
        var loops = Enumerable.Range(0, callers).Select(caller => Task.Run(() => LoopAsync(caller, operation, stop.Token))).ToArray();
        await Task.Delay(duration);
        await stop.CancelAsync();
        var done = await Task.WhenAll(loops);
        var elapsed = Stopwatch.GetElapsedTime(started);
        var cpuAfter = cpu?.Read() ?? default;
        return new Measurement(
            done.Sum(d => d.Units), elapsed, [.. done.SelectMany(d => d.Latencies)], (cpuAfter.Client - cpuBefore.Client, cpuAfter.Server - cpuBefore.Server));
    }

    private static async Task<(long Units, List<long> Latencies)> LoopAsync(int caller, Func<int, ValueTask<int>> operation, CancellationToken stop)
    {
        var latencies = new List<long>(100_000);
        var units = 0L;
        while (!stop.IsCancellationRequested)
        {
            var before = Stopwatch.GetTimestamp();
            units += await operation(caller);
            latencies.Add(Stopwatch.GetTimestamp() - before);
        }
        return (units, latencies);
    }
}

/// <summary>Something to compare: a baseline and ours, run in turns.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Unit">Of what per second.</param>
/// <param name="Target">Least ratio of ours to the baseline; null where none is set.</param>
/// <param name="Callers">Closed loops side by side.</param>
/// <param name="Baseline">One operation of the baseline, given the caller's number.</param>
/// <param name="Ours">One operation of ours.</param>
public sealed record Comparison(string Name, string Unit, double? Target, int Callers, Func<int, ValueTask<int>> Baseline, Func<int, ValueTask<int>> Ours)
{
    /// <summary>Whether ours must also have a p99 no worse than the baseline's.</summary>
    public bool TailMatters { get; init; }
}

/// <summary>Runs comparisons in alternating rounds and prints their ratios as a markdown table.</summary>
public static class ComparisonTable
{
    /// <summary>Header of a table.</summary>
    public const string Header = "| what | callers | baseline /s | ours /s | ratio (each round) | target | baseline p50 / p99 ms | ours p50 / p99 ms |\n|---|---|---|---|---|---|---|---|";

    /// <summary>Header of a table in which processor time is told.</summary>
    public const string HeaderWithCpu =
        "| what | callers | baseline /s | ours /s | ratio (each round) | target | baseline p50 / p99 ms | ours p50 / p99 ms | baseline CPU µs, client + server | ours |\n|---|---|---|---|---|---|---|---|---|---|";

    /// <summary>Runs one comparison: a round of each to warm up, then <paramref name="rounds"/> of each in turns.</summary>
    public static async Task<string> RowAsync(Comparison comparison, TimeSpan round, int rounds, ServerCpu? cpu = null)
    {
        var warmUp = TimeSpan.FromTicks(round.Ticks / 2);
        await Measurement.RunAsync(comparison.Callers, warmUp, comparison.Baseline);
        await Measurement.RunAsync(comparison.Callers, warmUp, comparison.Ours);
        var baselines = new List<Measurement>();
        var ours = new List<Measurement>();
        for (var i = 0; i < rounds; i++)
        {
            baselines.Add(await Measurement.RunAsync(comparison.Callers, round, comparison.Baseline, cpu));
            ours.Add(await Measurement.RunAsync(comparison.Callers, round, comparison.Ours, cpu));
        }
        return Row(comparison, baselines, ours) + (cpu is null ? "" : $" {CpuPerUnit(baselines)} | {CpuPerUnit(ours)} |");
    }

    private static string Row(Comparison comparison, List<Measurement> baselines, List<Measurement> ours)
    {
        var ratios = baselines.Zip(ours, (b, o) => o.Rate / b.Rate).ToArray();
        var median = Median(ratios);
        var (baselineTail, ourTail) = (Percentile(baselines, 0.99), Percentile(ours, 0.99));
        var met = median >= comparison.Target && (!comparison.TailMatters || ourTail <= baselineTail);
        var verdict = comparison.Target is { } target ? F($"≥ {target:0.0}× {(comparison.TailMatters ? "and p99 no worse " : "")}{(met ? "met" : "**missed**")}") : "none";
        return F($"| {comparison.Name} | {comparison.Callers} | {Median(baselines.Select(b => b.Rate)):#,0} {comparison.Unit} | {Median(ours.Select(o => o.Rate)):#,0} {comparison.Unit} ")
            + F($"| **{median:0.00}×** ({string.Join(", ", ratios.Select(r => F($"{r:0.00}")))}) | {verdict} ")
            + F($"| {Percentile(baselines, 0.5):0.00} / {baselineTail:0.00} | {Percentile(ours, 0.5):0.00} / {ourTail:0.00} |");
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return (sorted[(sorted.Length - 1) / 2] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>In milliseconds, over all rounds.</summary>
    private static double Percentile(IEnumerable<Measurement> rounds, double share)
    {
        var sorted = rounds.SelectMany(r => r.Latencies).Order().ToArray();
        return sorted[(int)((sorted.Length - 1) * share)] * 1000.0 / Stopwatch.Frequency;
    }

    private static string CpuPerUnit(List<Measurement> rounds)
    {
        double units = rounds.Sum(r => r.Units);
        return F($"{rounds.Sum(r => r.Cpu.Client) * 1e6 / units:0} + {rounds.Sum(r => r.Cpu.Server) * 1e6 / units:0}");
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Integritet.Benchmarks.Gateway;

namespace Integritet.Benchmarks.Retention;

/// <summary>
/// Planning everything held anew after a policy version, from ten thousand holdings to a million, through the gateway of a running installation. Registrations come at a steady pace all the while, answered or not, so that
/// those of idle windows and those of planning windows, which take turns, are measured alike.
/// </summary>
internal static class ReplanningBenchmarks
{
    private const double TailTarget = 2;
    private const int SecondsToWarmUp = 15;
    // It is measured meanwhile: asking must not weigh.
    private static readonly TimeSpan BetweenQuestions = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan MostForAPass = TimeSpan.FromMinutes(30);
    private static readonly string[] Periods = ["P28D", "P56D"];

    public static async Task<int> RunAsync(string[] args)
    {
        var most = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var perSecond = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 100;
        await using var system = args.Length > 2 ? RunningSystem.Of(args[2]) : await RunningSystem.StartAsync("--no-schedule");
        await using var server = await WatchedServer.OfAsync(system);
        using var load = new OpenLoad(system, perSecond);
        await Bound.UntilAsync(() => Task.FromResult(load.Answered >= perSecond * SecondsToWarmUp), "the service is warm");

        Console.WriteLine(Row.Header(perSecond));
        Row? row = null;
        for (var size = Math.Min(10_000, most); size <= most; size *= 10)
        {
            await server.FillAsync(size);
            row = await MeasureAsync(system, server, load, size);
            Console.WriteLine(row.Told(load));
        }
        await load.StopAsync();
        Console.WriteLine();
        Console.WriteLine(row?.CpuTold());
        return 0;
    }

    private static TimeSpan Length(int size) => TimeSpan.FromSeconds(size < 1_000_000 ? 15 : 40);

    private static int Passes(int size) => size switch { < 100_000 => 5, < 1_000_000 => 3, _ => 2 };

    private static async Task<Row> MeasureAsync(RunningSystem system, WatchedServer server, OpenLoad load, int size)
    {
        var (idle, planning, passes) = (new List<Window>(), new List<Window>(), new List<Pass>());
        for (var i = 0; i <= Passes(size); i++)
        {
            await server.SettleAsync();
            idle.Add(await server.WatchAsync(() => Task.Delay(Length(size))));
            if (i < Passes(size))
                planning.Add(await server.WatchAsync(async () => passes.Add(await PlanAnewAsync(system))));
        }
        foreach (var window in idle.Concat(planning))
            await load.AnsweredAsync(window.Until);
        return new Row(size, passes, idle, planning);
    }

    /// <summary>Publishes a version that gives every holding another due date, and waits until all are planned by it.</summary>
    private static async Task<Pass> PlanAnewAsync(RunningSystem system)
    {
        var document = await system.PolicyAsync("netip");
        var (was, becomes) = document.Contains(Until(Periods[0]), StringComparison.Ordinal) ? (Periods[0], Periods[1]) : (Periods[1], Periods[0]);
        var version = await system.PublishAsync("netip", document.Replace(Until(was), Until(becomes), StringComparison.Ordinal));
        JsonElement progress = default;
        await Bound.UntilAsync(IsPlannedAsync, $"everything is planned by version {version}", MostForAPass, every: BetweenQuestions);
        return Pass.Of(progress);

        async Task<bool> IsPlannedAsync()
        {
            progress = await system.GetAsync("/v1/netip/retention/replanning", "officer");
            return progress.GetProperty("policyVersion").GetInt32() >= version && progress.GetProperty("status").GetString() == "finished";
        }

        static string Until(string period) => $"until: {{after: {period}}}";
    }

    /// <summary>One planning of everything, as the service tells it.</summary>
    private sealed record Pass(long Planned, long Changed, double Seconds)
    {
        public static Pass Of(JsonElement progress) => new(
            progress.GetProperty("planned").GetInt64(), progress.GetProperty("changed").GetInt64(), (progress.GetProperty("finishedAt").GetDateTimeOffset() - progress.GetProperty("startedAt").GetDateTimeOffset()).TotalSeconds);
    }

    /// <summary>One number of holdings.</summary>
    private sealed record Row(int Size, List<Pass> Passes, List<Window> Idle, List<Window> Planning)
    {
        public static string Header(int perSecond) =>
            "| holdings | plans that changed | planned anew in, s | holdings/s | CPU µs a holding, PostgreSQL + Retention | idle p50 / p99 ms (of) "
            + F($"| while planning p50 / p99 ms (of), {perSecond} registrations a second | p99 against idle (each) | target | Retention's memory MiB, idle → largest | WAL, checkpoints and autovacuums while planning |\n|---|---|---|---|---|---|---|---|---|---|---|");

        public string Told(OpenLoad load)
        {
            var (idle, planning) = (load.Between(Idle), load.Between(Planning));
            var ratio = At(planning, 0.99) / At(idle, 0.99);
            var each = Planning.Select((window, i) => F($"{At(load.Between([window]), 0.99) / At(load.Between([Idle[i], Idle[i + 1]]), 0.99):0.00}"));
            return F($"| {Size:#,0} | {Passes.Sum(p => p.Changed) / Passes.Count:#,0} | {string.Join(", ", Passes.Select(p => F($"{p.Seconds:0.0}")))} | {Passes.Sum(p => p.Planned) / Passes.Sum(p => p.Seconds):#,0} ")
                + F($"| {CpuEach("PostgreSQL"):0} + {CpuEach("retention"):0} | {At(idle, 0.5):0.0} / {At(idle, 0.99):0.0} ({idle.Count:#,0}) | {At(planning, 0.5):0.0} / {At(planning, 0.99):0.0} ({planning.Count:#,0}) ")
                + F($"| **{ratio:0.00}×** ({string.Join(", ", each)}) | {(Size < 1_000_000 ? "none" : F($"≤ {TailTarget:0}× {(ratio <= TailTarget ? "met" : "**missed**")}"))} ")
                + F($"| {Idle.Max(w => w.MemoryMib):0} → {Planning.Max(w => w.MemoryMib):0} | {Planning.Sum(w => w.WalMib):#,0} MiB, {Planning.Sum(w => w.Checkpoints)}, {Planning.Sum(w => w.Vacuums)} |");
        }

        /// <summary>Who used the processors.</summary>
        public string CpuTold() => string.Join('\n',
            [
                "| processor time of all cores, % | " + string.Join(" | ", Idle[0].Cpu.Keys) + " |",
                "|---|" + string.Concat(Idle[0].Cpu.Select(_ => "---|")),
                CpuTold("idle", Idle), CpuTold("while planning", Planning),
            ]);

        private static string CpuTold(string what, List<Window> windows) => $"| {what} | "
            + string.Join(" | ", windows[0].Cpu.Keys.Select(process => F($"{windows.Sum(w => w.Cpu[process]) / windows.Sum(w => w.Seconds) / Environment.ProcessorCount * 100:0.0}"))) + " |";

        /// <summary>What planning took more than idling, for each holding.</summary>
        private double CpuEach(string process) =>
            (Planning.Sum(w => w.Cpu[process]) - (Idle.Sum(w => w.Cpu[process]) / Idle.Sum(w => w.Seconds) * Planning.Sum(w => w.Seconds))) * 1e6 / Passes.Sum(p => p.Planned);

        private static double At(List<double> latencies, double share) => latencies.Order().ElementAt((int)((latencies.Count - 1) * share));
    }

    private static string F(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A stretch of time, and what was seen of the machine in it.</summary>
/// <param name="From">Stopwatch.</param>
/// <param name="Until">Stopwatch.</param>
/// <param name="Cpu">Seconds of processor time, by process.</param>
/// <param name="MemoryMib">Largest resident memory of Retention.</param>
internal sealed record Window(long From, long Until, IReadOnlyDictionary<string, double> Cpu, double MemoryMib, double WalMib, long Checkpoints, long Vacuums)
{
    public double Seconds => Stopwatch.GetElapsedTime(From, Until).TotalSeconds;
}

/// <summary>Registers holdings at a steady pace, whether or not the earlier ones have been answered.</summary>
internal sealed class OpenLoad : IDisposable
{
    private readonly HttpClient _client;
    private readonly int _perSecond;
    private readonly long _began = Stopwatch.GetTimestamp();
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Task<double>> _sent = [];
    private readonly Task _sending;

    public OpenLoad(RunningSystem system, int perSecond)
    {
        (_client, _perSecond) = (system.ClientOf("system"), perSecond);
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>How many have been answered.</summary>
    public int Answered
    {
        get
        {
            lock (_sent)
                return _sent.Count(one => one.IsCompletedSuccessfully);
        }
    }

    /// <summary>Waits until everything that was to be sent by then has been answered.</summary>
    public async Task AnsweredAsync(long until)
    {
        Task<double>[] sent;
        lock (_sent)
            sent = [.. _sent.Take(NumberAt(until))];
        await Task.WhenAll(sent);
    }

    /// <summary>Milliseconds from when each was to be sent to its answer, of those that were to be sent in these windows.</summary>
    public List<double> Between(IEnumerable<Window> windows)
    {
        lock (_sent)
            return [.. windows.SelectMany(w => _sent.Take(NumberAt(w.From)..NumberAt(w.Until))).Select(one => one.Result)];
    }

    public async Task StopAsync()
    {
        await _stop.CancelAsync();
        await _sending;
        await Task.WhenAll(_sent);
    }

    public void Dispose()
    {
        _client.Dispose();
        _stop.Dispose();
    }

    private int NumberAt(long instant) => (int)(Stopwatch.GetElapsedTime(_began, instant).TotalSeconds * _perSecond);

    private async Task SendAllAsync()
    {
        var first = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds() * 1_000_000; // references that no run before used
        for (var sent = 0; !_stop.IsCancellationRequested; await Task.Delay(1))
            for (; sent < NumberAt(Stopwatch.GetTimestamp()); sent++)
                lock (_sent)
                    _sent.Add(SendAsync(first + sent, _began + ((long)sent * Stopwatch.Frequency / _perSecond)));
    }

    private async Task<double> SendAsync(long number, long due)
    {
        using var content = new StringContent(Importer.Line(number), System.Text.Encoding.UTF8, "application/json");
        using var response = await _client.PostAsync(new Uri("/v1/netip/holdings", UriKind.Relative), content);
        response.EnsureSuccessStatusCode();
        return Stopwatch.GetElapsedTime(due).TotalMilliseconds;
    }
}

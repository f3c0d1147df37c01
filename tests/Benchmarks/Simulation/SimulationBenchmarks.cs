using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Integritet.Benchmarks.EventStore;
using Integritet.Benchmarks.PolicyEngine;
using Integritet.Consent.Decisions;
using Integritet.Consent.Simulations;
using Integritet.Platform.EventStore;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Servers;

namespace Integritet.Benchmarks.Simulation;

/// <summary>A draft tried on recorded decisions, against reading the same events and parsing their JSON, from ten thousand to a million.</summary>
internal static class SimulationBenchmarks
{
    private const double Target = 100_000;
    private const int PerAppend = 1_000;
    private const int WarmUp = 200_000;
    private static readonly DateTimeOffset Start = DateTimeOffset.UnixEpoch;
    private static readonly DateTimeOffset End = new(2100, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static async Task<int> RunAsync(string[] args)
    {
        var largest = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000_000;
        var document = await File.ReadAllTextAsync(Path.Combine(Repository.Root, "deploy", "policies", "almena.yaml"));
        var policy = Read(document);
        // Permission is no longer asked for: what was refused for lack of it flips.
        var draft = Read(document.Replace("      when: [country: consent-needed]\n      needs: [consent]", "      when: [country: consent-needed]", StringComparison.Ordinal)).Compiled;
        var policies = new PolicyVersions();
        policies.Add([("almena", policy)]);

        Console.WriteLine("| past decisions | bytes each | COPY and JSON parse /s | simulation /s | ratio (each round) | simulation /s and core | target | allocated, bytes each | largest heap MiB | CPU µs each, client + server |");
        Console.WriteLine("|---|---|---|---|---|---|---|---|---|---|");
        for (var count = Math.Min(10_000, largest); count <= largest; count *= 10)
        {
            await using var databases = await Databases.CreateAsync();
            var bytes = await RecordAsync(databases, policy, count);
            using var simulations = new SimulatePolicy(databases.Store, StoredEvents.In(typeof(DecisionMade).Assembly), policies, TimeProvider.System);
            Console.WriteLine(await RowAsync(count, bytes, databases, simulations, draft));
        }
        return 0;
    }

    private static async Task<string> RowAsync(int count, double bytes, Databases databases, SimulatePolicy simulations, CompiledPolicy draft)
    {
        var cpu = await ServerCpu.OfAsync(databases.Ours);
        for (var warm = 0; warm < WarmUp; warm += count)
        {
            await ParseAsync(databases, count);
            await SimulateAsync(simulations, draft, count);
        }
        var (bare, ours) = (new List<Round>(), new List<Round>());
        for (var round = 0; round < 3; round++)
        {
            bare.Add(await MeasureAsync(() => ParseAsync(databases, count), cpu));
            ours.Add(await MeasureAsync(() => SimulateAsync(simulations, draft, count), cpu));
        }
        var ratios = bare.Zip(ours, (b, o) => b.Seconds / o.Seconds).ToArray();
        var best = ours.OrderBy(o => o.Seconds).ElementAt(1);
        var perCore = count / best.Cpu.Client;
        return string.Create(CultureInfo.InvariantCulture,
            $"| {count:#,0} | {bytes:0} | {count / bare.Select(b => b.Seconds).Order().ElementAt(1):#,0} | {count / best.Seconds:#,0} | **{ratios.Order().ElementAt(1):0.00}×** ({string.Join(", ", ratios.Select(r => r.ToString("0.00", CultureInfo.InvariantCulture)))}) "
            + $"| {perCore:#,0} | ≥ {Target:#,0} {(perCore >= Target ? "met" : "**missed**")} | {best.Allocated / (double)count:0} | {ours.Max(o => o.Heap) / 1048576.0:0} | {best.Cpu.Client * 1e6 / count:0.0} + {best.Cpu.Server * 1e6 / count:0.0} |");
    }

    private sealed record Round(double Seconds, (double Client, double Server) Cpu, long Allocated, long Heap);

    private static async Task<Round> MeasureAsync(Func<Task> work, ServerCpu? cpu)
    {
        GC.Collect();
        using var watched = new CancellationTokenSource();
        var heap = WatchHeapAsync(watched.Token);
        var before = cpu?.Read() ?? default;
        var allocated = GC.GetTotalAllocatedBytes();
        var started = Stopwatch.GetTimestamp();
        await work();
        var seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes() - allocated;
        var after = cpu?.Read() ?? default;
        await watched.CancelAsync();
        return new Round(seconds, (after.Client - before.Client, after.Server - before.Server), allocated, await heap);
    }

    private static async Task<long> WatchHeapAsync(CancellationToken stop)
    {
        var largest = GC.GetTotalMemory(forceFullCollection: false);
        using var ticks = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        try
        {
            while (await ticks.WaitForNextTickAsync(stop))
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: false));
        }
        catch (OperationCanceledException)
        {
        }
        return largest;
    }

    private static async Task SimulateAsync(SimulatePolicy simulations, CompiledPolicy draft, int count)
    {
        var result = await simulations.RunAsync("almena", draft, Start, End, TimeSpan.FromMinutes(10), CancellationToken.None);
        if (result is not { Reached: null, NotReplayable: 0 } || result.Decided != count || result.Flipped == 0 || result.Unchanged + result.Flipped != count)
            throw new InvalidOperationException($"The simulation missed something: {result}.");
    }

    private static async Task ParseAsync(Databases databases, int count)
    {
        var parsed = 0;
        await foreach (var one in databases.Store.ReadAllAsync(0, int.MaxValue))
        {
            using var json = JsonDocument.Parse(one.Data);
            parsed += json.RootElement.ValueKind == JsonValueKind.Object ? 1 : 0;
        }
        if (parsed != count)
            throw new InvalidOperationException($"{parsed} events instead of {count}.");
    }

    private static async Task<double> RecordAsync(Databases databases, PolicyVersion policy, int count)
    {
        var questions = HandWritten.Questions.Select(asked => Decided(asked.Asked, asked.Facts, policy)).ToArray();
        var metadata = new EventMetadata("01970000-0000-7000-8000-000000000001", "01970000-0000-7000-8000-000000000002", "key-4711");
        var bytes = 0L;
        await Parallel.ForAsync(0, count / PerAppend, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, cancel) =>
        {
            var events = Enumerable.Range(0, PerAppend).Select(j => EventJson.Serialize(About($"ps_{i:d20}{j:d23}", questions[j % questions.Length])))
                .Select(json => new EventToAppend(Guid.CreateVersion7(), "decision-made.v1", JsonEventSerializer.DotNetTypeName(typeof(DecisionMade)), json)).ToArray();
            Interlocked.Add(ref bytes, events.Sum(e => e.Data.Length));
            await databases.Store.AppendAsync(new Append("almena", DecisionRecord.Aggregate.StreamOf(Guid.CreateVersion7().ToString()), ExpectedVersion.NoStream, events, metadata), cancel);
        });
        await using var vacuum = databases.Ours.CreateCommand("vacuum analyze mt_events");
        await vacuum.ExecuteNonQueryAsync();
        return bytes / (double)count;
    }

    private static DecisionMade About(string subject, DecisionMade made) => made with { Question = made.Question with { Subject = subject } };

    private static DecisionMade Decided(Asked asked, Facts facts, PolicyVersion policy)
    {
        var question = new RecordedQuestion(asked.Operation)
        {
            Purpose = asked.Purpose, Categories = asked.Categories, Subject = "ps_", Context = new Circumstances { Country = asked.Country },
        };
        var recorded = facts.Consents.Select(c => new DecisionFact("consent", Guid.CreateVersion7()) { Purpose = c.Purpose, State = c.State.ToString().ToLowerInvariant(), Since = c.GivenAt }).ToArray();
        return policy.Compiled.TryResolve(question.ToAsked(), out var resolved, out _)
            ? Deciding.Decide(question, resolved, recorded, policy, knownUpTo: 1_000_000, DateTimeOffset.UnixEpoch)
            : throw new InvalidOperationException("The question is not understood.");
    }

    private static PolicyVersion Read(string document) =>
        PolicyParser.Parse(System.Text.Encoding.UTF8.GetBytes(document)) is PolicyParseResult.Parsed parsed
            ? PolicyVersion.Read(1, parsed.Document.Hash, document, DateTimeOffset.MinValue, knownFrom: 1)!
            : throw new InvalidOperationException("The policy does not parse.");
}

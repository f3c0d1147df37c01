using System.Diagnostics;
using System.Globalization;
using System.Text;
using Integritet.Platform.PolicyEngine;
using Integritet.Servers;

namespace Integritet.Benchmarks.PolicyEngine;

/// <summary>Decisions in process: against hand-written C#, from 10 to 1,000 rules, with allocations; and how long compiling takes.</summary>
public static class PolicyEngineBenchmarks
{
    private const int BatchSize = 2_000;
    private const int Batches = 150;
    private static readonly TimeSpan LongestCompiling = TimeSpan.FromMilliseconds(100);

    public static async Task<int> RunAsync(TextWriter output)
    {
        var policy = CompiledPolicy.Compile(Parse(await File.ReadAllBytesAsync(Path.Combine(Repository.Root, "deploy", "policies", "almena.yaml"))));
        var questions = HandWritten.Questions.Select(asked => (Question: Resolve(policy, asked.Asked), asked.Asked, asked.Facts)).ToArray();
        foreach (var (question, asked, facts) in questions)
            RequireSameAnswer(policy.Decide(question, facts), HandWritten.Decide(asked, facts), asked);

        var hand = Measure(i => HandWritten.Decide(questions[i % questions.Length].Asked, questions[i % questions.Length].Facts));
        var engine = Measure(i => policy.Decide(questions[i % questions.Length].Question, questions[i % questions.Length].Facts));
        var whole = Measure(i =>
        {
            var (_, asked, facts) = questions[i % questions.Length];
            var question = Resolve(policy, asked);
            policy.FactsNeeded(question);
            return policy.Decide(question, facts);
        });

        await output.WriteLineAsync("| decision against almena's policy | median ns | p99 of batch means ns | bytes | against hand-written | target: about 2 µs, < 500 B, ≤ 10× |");
        await output.WriteLineAsync("|---|---|---|---|---|---|");
        await WriteAsync(output, "hand-written C# that gives the same answers", hand, hand);
        await WriteAsync(output, "Decide", engine, hand);
        await WriteAsync(output, "TryResolve, FactsNeeded and Decide", whole, hand);
        await output.WriteLineAsync();
        await output.WriteLineAsync("| rules | Decide median ns | bytes | compiling ms | reading its YAML ms | target: flat; compiling 1,000 rules < 100 ms |");
        await output.WriteLineAsync("|---|---|---|---|---|---|");
        foreach (var rules in new[] { 10, 30, 100, 300, 1_000 })
            await WriteCurveAsync(output, rules);
        return 0;
    }

    private static async Task WriteCurveAsync(TextWriter output, int rules)
    {
        var yaml = Encoding.UTF8.GetBytes(Synthetic(rules));
        var document = Parse(yaml);
        var reading = BestOf(() => Parse(yaml));
        var compiling = BestOf(() => CompiledPolicy.Compile(document));
        var policy = CompiledPolicy.Compile(document);
        var asked = new Asked { Operation = Operation.Use, Purpose = "p0", Categories = ["c0"], SubjectNamed = true };
        var question = Resolve(policy, asked);
        var facts = new Facts { Consents = [new ConsentFact("p0", ConsentState.Given, DateTimeOffset.UnixEpoch)] };
        if (!policy.Decide(question, facts).Allowed)
            throw new InvalidOperationException("The synthetic policy must permit its question.");
        var measured = Measure(_ => policy.Decide(question, facts));
        await output.WriteLineAsync(string.Create(
            CultureInfo.InvariantCulture,
            $"| {rules} | {measured.MedianNs:F0} | {measured.Bytes:F0} | {compiling.TotalMilliseconds:F1} | {reading.TotalMilliseconds:F1} | {(compiling < LongestCompiling ? "met" : "**missed**")} |"));
    }

    private static TimeSpan BestOf(Func<object> work)
    {
        var best = TimeSpan.MaxValue;
        for (var i = 0; i < 5; i++)
        {
            var started = Stopwatch.GetTimestamp();
            work();
            var took = Stopwatch.GetElapsedTime(started);
            best = took < best ? took : best;
        }
        return best;
    }

    /// <summary>Rules over categories and purposes as real policies have them: each about one category and one purpose.</summary>
    private static string Synthetic(int rules)
    {
        const int purposes = 10;
        var categories = Math.Max(1, rules / purposes);
        var text = new StringBuilder(
            """
            policy-language: 1
            controller: {id: synthetic, name: Synthetic, country: SE, zone: Europe/Stockholm, languages: [en], contact: privacy@synthetic.example}
            publication: {notice-period: P0D}
            clauses: {TT-1: {en: Much is done.}}
            sources: {order: {en: order}}

            """);
        text.Append("categories:\n").AppendJoin("", Enumerable.Range(0, categories).Select(i => string.Create(CultureInfo.InvariantCulture, $"  c{i}: {{label: {{en: c{i}}}}}\n")));
        text.Append("purposes:\n").AppendJoin("", Enumerable.Range(0, purposes).Select(i => string.Create(CultureInfo.InvariantCulture, $"  p{i}: {{basis: consent, label: {{en: p{i}}}}}\n")));
        text.Append("use:\n  otherwise: TT-1\n  allow:\n").AppendJoin("", Enumerable.Range(0, rules).Select(i => string.Create(
            CultureInfo.InvariantCulture, $"    - {{clause: TT-1, categories: c{i % categories}, purposes: p{i / categories}, needs: [consent]}}\n")));
        return text.ToString();
    }

    private static (double MedianNs, double TailNs, double Bytes) Measure(Func<int, Decision> decide)
    {
        for (var i = 0; i < 200_000; i++)
            decide(i);
        var nanoseconds = new double[Batches];
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var batch = 0; batch < Batches; batch++)
        {
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < BatchSize; i++)
                decide(i);
            nanoseconds[batch] = Stopwatch.GetElapsedTime(started).TotalNanoseconds / BatchSize;
        }
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)(Batches * BatchSize);
        Array.Sort(nanoseconds);
        return (nanoseconds[Batches / 2], nanoseconds[(int)(Batches * 0.99)], bytes);
    }

    private static Task WriteAsync(TextWriter output, string name, (double MedianNs, double TailNs, double Bytes) measured, (double MedianNs, double TailNs, double Bytes) baseline) =>
        output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"| {name} | {measured.MedianNs:F0} | {measured.TailNs:F0} | {measured.Bytes:F0} | {measured.MedianNs / baseline.MedianNs:F1}× | {Verdict(measured, baseline)} |"));

    private static string Verdict((double MedianNs, double TailNs, double Bytes) measured, (double MedianNs, double TailNs, double Bytes) baseline) =>
        measured == baseline ? "baseline" : measured is { MedianNs: <= 2_000, Bytes: < 500 } && measured.MedianNs <= 10 * baseline.MedianNs ? "met" : "**missed**";

    private static Question Resolve(CompiledPolicy policy, Asked asked) =>
        policy.TryResolve(asked, out var question, out var problems) ? question : throw new InvalidOperationException(string.Join(' ', problems));

    private static PolicyDocument Parse(byte[] utf8) =>
        PolicyParser.Parse(utf8) is PolicyParseResult.Parsed parsed ? parsed.Document : throw new InvalidOperationException("The policy does not parse.");

    private static void RequireSameAnswer(Decision engine, Decision hand, Asked asked)
    {
        var same = engine.Outcome == hand.Outcome && engine.Rules.SequenceEqual(hand.Rules) && engine.PermittedCategories.SequenceEqual(hand.PermittedCategories)
            && engine.Reasons.Select(r => (r.Rule, r.Code)).SequenceEqual(hand.Reasons.Select(r => (r.Rule, r.Code)));
        if (!same)
            throw new InvalidOperationException($"The hand-written baseline answers {asked} otherwise: {hand} instead of {engine}.");
    }
}

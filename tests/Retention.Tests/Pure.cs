using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;
using NodaTime.Text;

namespace Integritet.Retention.Tests;

/// <summary>What the pure tests have in common: the shipped policies, holdings, facts.</summary>
internal static class Pure
{
    private static readonly ConcurrentDictionary<string, PolicyVersion> Loaded = new(StringComparer.Ordinal);

    public const string Anna = "ps_anna";

    public static string Document(string controller) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml"));

    public static PolicyVersion Policy(string controller) => Loaded.GetOrAdd(controller, static c => Version(Document(c)));

    public static PolicyVersion Version(string document, int version = 1)
    {
        var hash = Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(Encoding.UTF8.GetBytes(document))).Document.Hash;
        return PolicyVersion.Read(version, hash, document, DateTimeOffset.MinValue, version)!;
    }

    public static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture);

    public static HeldData Holding(string category, string recordedAt, string system = "crm", params string[] purposes) =>
        new(Anna, system, "ref-1", [category], purposes.Length == 0 ? ["operation"] : purposes, At(recordedAt));

    public static ToldTrigger Told(string trigger, string at, string? purpose = null) => new(trigger, purpose, At(at));

    public static AgreedPeriod Agreed(string category, string keepFor, string agreedAt, long position = 1) =>
        new(Guid.Empty, category, PeriodPattern.NormalizingIso.Parse(keepFor).Value, At(agreedAt), position, "contract-" + keepFor);

    public static PlanFacts Facts(params ToldTrigger[] triggers) => PlanFacts.None with { Triggers = triggers };

    public static PlanFacts Facts(params AgreedPeriod[] agreements) => PlanFacts.None with { Agreements = agreements };

    public static Plan Plan(string controller, HeldData holding, PlanFacts? facts = null) => Plans.Plan.Of(holding, facts ?? PlanFacts.None, Policy(controller));

    public static ImmutableArray<Reason> Refusals(string controller, HeldData holding, PlanFacts? facts = null, bool encrypted = true) =>
        RetentionRules.Refusals(holding, facts ?? PlanFacts.None, Policy(controller), encrypted);

    public static TEvent ThenOne<TEvent>(this Decided decided) => Assert.IsType<TEvent>(Assert.Single(Assert.IsType<Decided.Accepted>(decided).Events));

    public static void ThenNothing(this Decided decided) => Assert.Empty(Assert.IsType<Decided.Accepted>(decided).Events);

    public static Problem ThenRefused(this Decided decided, int status, params string[] pointers)
    {
        var problem = Assert.IsType<Decided.Refused>(decided).Problem;
        Assert.Equal(status, problem.Status);
        Assert.Equal(pointers, problem.Errors.Select(e => e.Pointer));
        return problem;
    }
}

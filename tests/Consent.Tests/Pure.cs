using System.Collections.Concurrent;
using Integritet.Consent.Consents;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Tests;

/// <summary>What the pure tests have in common: the shipped policies, an instant, a person.</summary>
internal static class Pure
{
    private static readonly ConcurrentDictionary<string, PolicyVersion> Loaded = new(StringComparer.Ordinal);

    public static readonly DateTimeOffset Now = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);
    public static readonly Guid ConsentId = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");
    public const string Anna = "ps_anna";

    public static readonly Pseudonyms Key = new(new InstallationSecret(new byte[32]));

    public static string Document(string controller) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml"));

    public static PolicyVersion Policy(string controller) => Loaded.GetOrAdd(controller, static c => Version(c, Document(c)));

    public static PolicyVersion Version(string controller, string document, int version = 1, DateTimeOffset? effectiveFrom = null, long knownFrom = 1)
    {
        var hash = Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(System.Text.Encoding.UTF8.GetBytes(document))).Document.Hash;
        return PolicyVersion.Read(version, hash, document, effectiveFrom ?? DateTimeOffset.MinValue, knownFrom)!;
    }

    public static Evidence Evidence(params string[] qualities) => new("order-17", Now, [.. qualities.Select(q => new EvidencedQuality(q, null))]);

    public static Statement Says(params string[] purposes) => new(ConsentId, Anna, purposes, "web-form", "sv", Evidence());

    public static ConsentEvent.Given Given(params string[] purposes) => new(
        ConsentId, Anna, [.. purposes.Select(p => new StatedPurpose(p, ConsentEffect.Needed))], "web-form", "sv", Evidence(), null, 1, "hash");

    public static ConsentEvent.Withdrawn Withdrawn(params string[] purposes) => new(ConsentId, Anna, purposes, "web-form");

    public static ConsentEvent.Refused Refused(params string[] purposes) => new(
        ConsentId, Anna, [.. purposes.Select(p => new StatedPurpose(p, ConsentEffect.Needed))], "gpc", "sv", Evidence(), 1, "hash");

    public static ConsentRecord After(params ConsentEvent[] events) => ConsentRecord.Aggregate.Fold(ConsentRecord.Aggregate.Initial, events);

    public static IReadOnlyList<StampedEvent> Stamped(params ConsentEvent[] events) =>
        [.. events.Select((e, i) => new StampedEvent(e, e.GetType().Name, Now.AddMinutes(i), i + 1, i + 1, "key", "conversation"))];

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

using System.Collections.Concurrent;
using Integritet.Disclosure.Cases;
using Integritet.Disclosure.Recipients;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Disclosure.Tests;

/// <summary>What the pure tests have in common: the shipped policies, an instant, a recipient, a case.</summary>
internal static class Pure
{
    private static readonly ConcurrentDictionary<string, PolicyVersion> Loaded = new(StringComparer.Ordinal);

    public static readonly DateTimeOffset Now = new(2026, 11, 2, 10, 0, 0, TimeSpan.Zero);
    public static readonly Guid Id = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");
    public static readonly Guid Other = Guid.Parse("0197aaaa-0000-7000-8000-000000000002");

    public static string Document(string controller) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml"));

    public static PolicyVersion Policy(string controller) => Loaded.GetOrAdd(controller, static c =>
    {
        var document = Document(c);
        var hash = Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(System.Text.Encoding.UTF8.GetBytes(document))).Document.Hash;
        return PolicyVersion.Read(1, hash, document, DateTimeOffset.MinValue, knownFrom: 1)!;
    });

    public static RecipientEvent.Registered Registered(string kind) => new(Id, kind, "Eva Ek", "CH", null);

    public static RecipientEvent.AgreementRegistered Signed(string kind, string type, DateTimeOffset at, DateTimeOffset? until = null) => new(Other, Id, kind, type, at, until, "paper-1", 1);

    public static Recipient After(params RecipientEvent[] events) => Recipient.Aggregate.Fold(Recipient.Aggregate.Initial, events);

    public static CaseEvent.Opened Opened(bool limited = false) => new(Id, "abuse-17", "abuse-investigation", "spam", limited, null);

    public static CaseRecord After(params CaseEvent[] events) => CaseRecord.Aggregate.Fold(CaseRecord.Aggregate.Initial, events);

    public static TEvent ThenOne<TEvent>(this Decided decided) => Assert.IsType<TEvent>(Assert.Single(decided.Then()));

    public static IReadOnlyList<object> Then(this Decided decided) => Assert.IsType<Decided.Accepted>(decided).Events;

    public static ProblemError ThenFault(this Decided decided, int status = 422)
    {
        var problem = decided.ThenRefused(status);
        return Assert.Single(problem.Errors);
    }

    public static Problem ThenRefused(this Decided decided, int status)
    {
        var problem = Assert.IsType<Decided.Refused>(decided).Problem;
        Assert.Equal(status, problem.Status);
        return problem;
    }
}

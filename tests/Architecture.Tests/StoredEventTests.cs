using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.ArchitectureTests;

/// <summary>What was stored once is read for ever: pinned names, golden JSON, and an Evolve that knows it.</summary>
public sealed class StoredEventTests
{
    // Read in the log's order or through a projection; no command is decided on them, so nothing folds them.
    private static readonly string[] NotFolded =
    [
        "api-call-recorded.v1", "api-calls-turned-away.v1", "policies-asked.v1", "policy-list-received.v1", "controller-policy-published.v1", "holdings-imported.v1", "holdings-imported.v2", "replanned.v1", "system-received.v1", "subject-link-received.v1", "consent-received.v1", "case-told.v1", "case-subjects-told.v1",
        "policy-received.v1", "fact-confirmed.v1", "recipient-received.v1", "agreement-received.v1", "access-right-received.v1", "case-received.v1", "case-subjects-received.v1",
    ];

    private static readonly Regex NamePattern = new(@"^[a-z]+(-[a-z]+)*\.v[1-9][0-9]*$", RegexOptions.NonBacktracking | RegexOptions.ExplicitCapture);

    public static TheoryData<string> Names => [.. Parts.StoredEvents().Select(stored => stored.Name)];

    [Fact]
    public void There_are_stored_events_in_every_service() =>
        Assert.Empty(Parts.Services.Except(Parts.StoredEvents().Select(stored => stored.Service), StringComparer.Ordinal));

    [Fact]
    public void No_two_events_share_a_name() =>
        Assert.Empty(Parts.StoredEvents().GroupBy(stored => stored.Name, StringComparer.Ordinal).Where(group => group.Count() > 1).Select(group => group.Key));

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_name_is_words_and_a_version(string name) => Assert.Matches(NamePattern, name);

    [Theory]
    [MemberData(nameof(Names))]
    public void Its_golden_JSON_is_read_and_written_as_it_was(string name)
    {
        var golden = Golden(name);
        var written = JsonNode.Parse(EventJson.Serialize(Read(name)))!;
        AssertHolds(golden, written, name);
    }

    [Fact]
    public void Every_golden_file_is_of_an_event_that_is_stored() =>
        Assert.Empty(Directory.EnumerateFiles(Directory_, "*.json").Select(Path.GetFileNameWithoutExtension).Except(Parts.StoredEvents().Select(stored => stored.Name), StringComparer.Ordinal));

    [Fact]
    public void Every_event_has_an_Evolve_case()
    {
        var known = Parts.Services.SelectMany(Evolved).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Parts.StoredEvents().Select(stored => stored.Name).Except(NotFolded, StringComparer.Ordinal).Except(known, StringComparer.Ordinal));
        Assert.Empty(NotFolded.Intersect(known, StringComparer.Ordinal));
    }

    [Fact]
    public void Every_Evolve_throws_on_an_event_it_does_not_know()
    {
        var aggregates = Parts.Services.SelectMany(Aggregates).ToList();
        Assert.NotEmpty(aggregates);
        foreach (var aggregate in aggregates)
            Assert.IsNotType<NullReferenceException>(Assert.ThrowsAny<Exception>(() => aggregate.Evolve(aggregate.Initial, new Unknown())));
    }

    private static string Directory_ => Parts.PathOf("tests", "Architecture.Tests", "Golden");

    private static JsonNode Golden(string name)
    {
        var file = Path.Combine(Directory_, $"{name}.json");
        Assert.True(File.Exists(file), $"{name} has no golden file {Parts.Relative(file)}: write one event of it there, as it is stored, and never change it.");
        return JsonNode.Parse(File.ReadAllText(file))!;
    }

    private static object Read(string name) =>
        EventJson.Deserialize(Encoding.UTF8.GetBytes(Golden(name).ToJsonString()), Parts.StoredEvents().Single(stored => stored.Name == name).Type);

    // Members may be added later; those that were there keep name and value.
    private static void AssertHolds(JsonNode? golden, JsonNode? written, string path)
    {
        switch (golden)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                {
                    Assert.True(written!.AsObject().ContainsKey(name), $"{path}/{name} is lost");
                    AssertHolds(value, written[name], $"{path}/{name}");
                }

                break;
            case JsonArray items:
                Assert.Equal(items.Count, written!.AsArray().Count);
                for (var i = 0; i < items.Count; i++)
                    AssertHolds(items[i], written[i], $"{path}/{i}");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(golden, written), $"{path} was {golden?.ToJsonString()} and is {written?.ToJsonString()}");
                break;
        }
    }

    /// <summary>The names of a service's events that some aggregate folds onto some state it can reach within three events.</summary>
    private static HashSet<string> Evolved(string service)
    {
        var events = Parts.StoredEvents().Where(stored => stored.Service == service).Select(stored => (stored.Name, Event: Read(stored.Name))).ToList();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var aggregate in Aggregates(service))
        {
            List<object?> states = [aggregate.Initial];
            for (var depth = 0; depth < 3; depth++)
                states.AddRange([.. from state in states from e in events let next = Try(aggregate, state, e.Event) where next.Folded && known.Add(e.Name) select next.State]);
        }

        return known;
    }

    private static (bool Folded, object? State) Try(FoldedKind aggregate, object? state, object @event)
    {
        try
        {
            return (true, aggregate.Evolve(state, @event));
        }
        catch (InvalidOperationException)
        {
            return (false, null);
        }
    }

    private static IEnumerable<FoldedKind> Aggregates(string service)
    {
        const BindingFlags statics = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
        return from type in Assembly.Load(service).GetTypes()
               where !type.ContainsGenericParameters
               from value in type.GetFields(statics).Where(field => IsAggregate(field.FieldType)).Select(field => field.GetValue(null))
               select new FoldedKind(value!);
    }

    private static bool IsAggregate(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Aggregate<>);

    private sealed record Unknown;

    /// <summary>An aggregate whose state's type is not known here.</summary>
    private sealed class FoldedKind(object aggregate)
    {
        private readonly Delegate _evolve = (Delegate)aggregate.GetType().GetProperty("Evolve")!.GetValue(aggregate)!;

        public object? Initial { get; } = aggregate.GetType().GetProperty("Initial")!.GetValue(aggregate);

        public object? Evolve(object? state, object @event)
        {
            try
            {
                return _evolve.DynamicInvoke(state, @event);
            }
            catch (TargetInvocationException e) when (e.InnerException is { } inner)
            {
                ExceptionDispatchInfo.Capture(inner).Throw();
                throw;
            }
        }
    }
}

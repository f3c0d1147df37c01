using System.Globalization;
using System.Text.Json.Serialization;
using Integritet.Consent.Decisions;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Simulations;

/// <summary>
/// <c>POST /internal/simulations?controller=&amp;hash=&amp;from=&amp;to=</c> with a policy document as its body, from the Policy service: tries it on what was decided here from an instant up to, and
/// not at, another. Reads the log as it streams, keeps counts, stores nothing.
/// </summary>
public sealed class SimulatePolicy(IEventStore store, StoredEvents events, PolicyVersions policies, TimeProvider clock) : IDisposable
{
    /// <summary>A caller waits no longer than this: then it is told how far the simulation came.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);

    private static readonly TimeSpan LongestQueue = TimeSpan.FromSeconds(5);
    private static readonly string StreamPrefix = DecisionRecord.Aggregate.StreamOf("");

    // One at a time: simulations are to leave the processors to those who ask "may I?".
    private readonly SemaphoreSlim _turn = new(1);
    private readonly string _decisionMade = events.NameOf(typeof(DecisionMade));

    /// <param name="Flipped">How many are decided otherwise; <paramref name="Flips"/> lists the first.</param>
    /// <param name="Truncated">Whether there are more flips than are listed.</param>
    /// <param name="Reached">Where time ran out before the end of the range: everything before this instant is counted; null where all of it is.</param>
    public sealed record Result(
        long Decided, long Unchanged, long NotReplayable, long Flipped, IReadOnlyList<Flip> Flips, bool Truncated, IReadOnlyList<NotReplayed> NotReplayableBecause,
        [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? Reached);

    public static void Map(IEndpointRouteBuilder app) => app.MapPost("/internal/simulations", HandleAsync).RequireService();

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, string hash, DateTimeOffset from, DateTimeOffset to, SimulatePolicy simulations)
    {
        var document = await http.ReadRawBodyAsync(PolicyParser.MaxBytes);
        if (Read(document, hash) is not { } draft)
            return Problems.Unprocessable("The document is not understood by this engine, or is not what its hash says.");
        return await simulations.RunAsync(controller, draft, from, to, Longest, http.RequestAborted) is { } result
            ? Results.Json(result, JsonText.Options)
            : Problems.Unavailable("Another simulation is running.", retryAfterSeconds: 10);
    }

    private static CompiledPolicy? Read(ReadOnlyMemory<byte> document, string hash) =>
        PolicyParser.Parse(document) is PolicyParseResult.Parsed parsed && string.Equals(parsed.Document.Hash, hash, StringComparison.Ordinal) ? CompiledPolicy.Compile(parsed.Document) : null;

    /// <summary>Tries a draft on the decisions of a range of time; null where others were first for too long.</summary>
    public async Task<Result?> RunAsync(string controller, CompiledPolicy draft, DateTimeOffset from, DateTimeOffset to, TimeSpan longest, CancellationToken cancel)
    {
        if (!await _turn.WaitAsync(LongestQueue, cancel))
            return null;
        try
        {
            return await ReplayAsync(controller, draft, from, to, longest, cancel);
        }
        finally
        {
            _turn.Release();
        }
    }

    private async Task<Result> ReplayAsync(string controller, CompiledPolicy draft, DateTimeOffset from, DateTimeOffset to, TimeSpan longest, CancellationToken cancel)
    {
        var simulation = new Simulation(draft, version => policies.Find(controller, version));
        var (after, upTo) = (await store.PositionAtAsync(Before(from), cancel), await store.PositionAtAsync(Before(to), cancel));
        var started = clock.GetTimestamp();
        DateTimeOffset? reached = null, stamp = null;
        if (after < upTo)
        {
            await foreach (var one in store.ReadAllAsync(after, int.MaxValue, cancel))
            {
                if (one.Position > upTo)
                    break;
                // Between commits, so that nothing committed at one instant is counted in part.
                if (stamp != one.Timestamp && clock.GetElapsedTime(started) > longest)
                {
                    reached = one.Timestamp;
                    break;
                }
                stamp = one.Timestamp;
                if (string.Equals(one.Type, _decisionMade, StringComparison.Ordinal) && string.Equals(one.Tenant, controller, StringComparison.Ordinal))
                    simulation.Take(PastDecision.Read(one.Data.Span), Guid.Parse(one.Stream.AsSpan(StreamPrefix.Length), CultureInfo.InvariantCulture), one.Version);
            }
        }
        return new Result(
            simulation.Decided, simulation.Unchanged, simulation.NotReplayable, simulation.Flipped, simulation.Flips, simulation.Flipped > Simulation.MaxFlips, simulation.NotReplayed, reached);
    }

    // Stamps are whole microseconds.
    private static DateTimeOffset Before(DateTimeOffset instant) => instant > DateTimeOffset.MinValue ? instant.AddTicks(-1) : instant;

    public void Dispose() => _turn.Dispose();
}

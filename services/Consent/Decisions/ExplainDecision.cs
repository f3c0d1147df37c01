using Integritet.Consent.Consents;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.Policies;
using Npgsql;
using NpgsqlTypes;

namespace Integritet.Consent.Decisions;

/// <summary>Runs a decision again under the policy version and on the facts of its day, and looks the facts up where they came from.</summary>
public static class ExplainDecision
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/v1/{controller}/decisions/{id}/explanation", HandleAsync).RequireRoles(Roles.Auditor, Roles.Officer);

    /// <summary>Whether the recorded question, facts and policy still give the recorded answer.</summary>
    public static Replay Run(DecisionMade recorded, PolicyVersion? policy, IReadOnlySet<Guid> factsFound)
    {
        if (policy is null || !string.Equals(policy.Hash, recorded.PolicyHash, StringComparison.Ordinal))
            return Replay.Differs;
        if (!recorded.Facts.All(f => factsFound.Contains(f.EventId)))
            return Replay.FactsErased;
        if (!policy.Compiled.TryResolve(recorded.Question.ToAsked(), out var resolved, out _))
            return Replay.Differs;
        var again = Deciding.Decide(recorded.Question, resolved, recorded.Facts, policy, recorded.KnownUpTo, recorded.EvaluatedAt);
        return SameAnswer(recorded, again) ? Replay.Identical : Replay.Differs;
    }

    private static bool SameAnswer(DecisionMade one, DecisionMade other) =>
        one.Outcome == other.Outcome && one.Advisory == other.Advisory
        && one.Rules.SequenceEqual(other.Rules, StringComparer.Ordinal)
        && one.Reasons.SequenceEqual(other.Reasons)
        && one.PermittedCategories.SequenceEqual(other.PermittedCategories, StringComparer.Ordinal)
        && one.CutCategories.SequenceEqual(other.CutCategories, StringComparer.Ordinal);

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, string id, EventStreams streams, PolicyVersions policies, NpgsqlDataSource dataSource)
    {
        if (await ReadDecision.FindAsync(http, streams, controller, id) is not { } found)
            return ReadDecision.NoSuchDecision();
        var present = await Outage.TranslateAsync(FindFactsAsync(dataSource, controller, found.Made, http.RequestAborted));
        var replay = Run(found.Made, policies.Find(controller, found.Made.PolicyVersion), present);
        return Results.Json(new Explanation(DecisionView.Of(found.Id, found.Made), found.Made, replay), JsonText.Options);
    }

    // A fact counts as found where the statement it came from still says what it said.
    private static async Task<IReadOnlySet<Guid>> FindFactsAsync(NpgsqlDataSource dataSource, string controller, DecisionMade made, CancellationToken cancel)
    {
        if (made.Facts.Count == 0)
            return new HashSet<Guid>();
        await using var command = dataSource.CreateCommand(
            $"""
            select s.event_id from unnest($3, $4, $5) f(purpose, event_id, since)
            join {ConsentStatements.Table} s on s.tenant_id = $1 and s.subject = $2 and s.purpose = f.purpose and s.event_id = f.event_id and s.stated_at = f.since
            """);
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = controller, NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string> { TypedValue = made.Question.Subject ?? "", NpgsqlDbType = NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<string[]> { TypedValue = [.. made.Facts.Select(f => f.Purpose)], NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Varchar });
        command.Parameters.Add(new NpgsqlParameter<Guid[]> { TypedValue = [.. made.Facts.Select(f => f.EventId)] });
        command.Parameters.Add(new NpgsqlParameter<DateTime[]> { TypedValue = [.. made.Facts.Select(f => f.Since.UtcDateTime)] });
        await using var reader = await command.ExecuteReaderAsync(cancel);
        var found = new HashSet<Guid>();
        while (await reader.ReadAsync(cancel))
            found.Add(reader.GetGuid(0));
        return found;
    }
}

/// <summary>What came of running a decision again.</summary>
public enum Replay
{
    /// <summary>The same answer, on facts that are still on record.</summary>
    Identical,

    /// <summary>A fact it rested on has been erased.</summary>
    FactsErased,

    /// <summary>Another answer, or its policy is not what it was.</summary>
    Differs,
}

/// <summary>A decision with what it rested on.</summary>
public sealed record Explanation : DecisionView
{
    public Explanation(DecisionView view, DecisionMade made, Replay replayed)
        : base(view) => (Question, Facts, KnownUpTo, EngineVersion, Replayed) = (made.Question, made.Facts, made.KnownUpTo, made.EngineVersion, replayed);

    public RecordedQuestion Question { get; }

    public IReadOnlyList<DecisionFact> Facts { get; }

    public long KnownUpTo { get; }

    public int EngineVersion { get; }

    public Replay Replayed { get; }
}

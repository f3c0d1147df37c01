namespace Integritet.Platform.EventStore.Appending;

/// <summary>A stream of a tenant.</summary>
internal readonly record struct StreamKey(string Tenant, string Stream);

/// <summary>What a writer read, under the lock, about the appends of one batch.</summary>
internal sealed class BatchFacts
{
    /// <summary>Versions of the streams that exist.</summary>
    public Dictionary<StreamKey, long> Versions { get; } = [];

    /// <summary>First answers already recorded for the scopes asked about.</summary>
    public Dictionary<IdempotencyScope, IdempotencyRecord> Idempotency { get; } = [];

    /// <summary>Messages whose effect their consumer has had.</summary>
    public HashSet<ConsumedMessage> Consumed { get; } = [];

    /// <summary>The last position given out.</summary>
    public long LastPosition { get; set; }

    /// <summary>The last commit stamp.</summary>
    public DateTime LastStamp { get; set; } = DateTime.MinValue;

    /// <summary>Changes whenever the set of inline projections does.</summary>
    public long ProjectionGeneration { get; set; }
}

/// <summary>What is to become of one append if the transaction commits.</summary>
/// <param name="Append">The append.</param>
/// <param name="Result">Its caller's answer.</param>
/// <param name="FirstVersion">Version of its first event; meaningless unless it was accepted.</param>
/// <param name="FirstPosition">Position of its first event; meaningless unless it was accepted.</param>
/// <param name="Stamp">Its commit stamp; meaningless unless it was accepted.</param>
internal readonly record struct AppendDecision(Append Append, AppendResult Result, long FirstVersion, long FirstPosition, DateTime Stamp)
{
    /// <summary>Whether anything of it is stored.</summary>
    public bool Accepted => Result is AppendResult.Appended;
}

/// <summary>Decides the appends of one batch, in order, each on its own. Pure: a later append sees what the earlier ones will have done.</summary>
internal static class BatchDecision
{
    private const int MicrosecondTicks = (int)TimeSpan.TicksPerMicrosecond;

    /// <summary>Decides on <paramref name="facts"/>, which it brings up to date with every append it accepts.</summary>
    public static AppendDecision[] Decide(IReadOnlyList<Append> appends, BatchFacts facts, DateTime now)
    {
        var decisions = new AppendDecision[appends.Count];
        for (var i = 0; i < decisions.Length; i++)
            decisions[i] = Decide(appends[i], facts, now);
        return decisions;
    }

    private static AppendDecision Decide(Append append, BatchFacts facts, DateTime now)
    {
        if (append.Idempotency is { } idempotency && facts.Idempotency.TryGetValue(idempotency.Scope, out var first))
            return Refused(append, new AppendResult.Repeated(first));
        if (append.Consumed is { } consumed && facts.Consumed.Contains(consumed))
            return Refused(append, new AppendResult.AlreadyConsumed());

        var stream = new StreamKey(append.Tenant, append.Stream);
        var version = facts.Versions.GetValueOrDefault(stream);
        return append.Expected.Allows(version)
            ? Accept(append, stream, version, facts, now)
            : Refused(append, new AppendResult.VersionConflict(version));
    }

    private static AppendDecision Accept(Append append, StreamKey stream, long version, BatchFacts facts, DateTime now)
    {
        if (append.Idempotency is { } idempotency)
            facts.Idempotency.Add(idempotency.Scope, idempotency);
        if (append.Consumed is { } consumed)
            facts.Consumed.Add(consumed);

        var count = append.Events.Count;
        var stamp = NextStamp(now, facts.LastStamp);
        if (count == 0)
            return new(append, new AppendResult.Appended(version, 0, new DateTimeOffset(stamp)), 0, 0, stamp);

        var firstPosition = facts.LastPosition + 1;
        facts.Versions[stream] = version + count;
        facts.LastPosition += count;
        facts.LastStamp = stamp;
        return new(append, new AppendResult.Appended(version + count, facts.LastPosition, new DateTimeOffset(stamp)), version + 1, firstPosition, stamp);
    }

    private static AppendDecision Refused(Append append, AppendResult result) => new(append, result, 0, 0, default);

    /// <summary>max(now, last + 1 µs), in PostgreSQL's resolution.</summary>
    private static DateTime NextStamp(DateTime now, DateTime last)
    {
        var wholeMicroseconds = now.AddTicks(-(now.Ticks % MicrosecondTicks));
        return wholeMicroseconds > last ? wholeMicroseconds : last.AddTicks(MicrosecondTicks);
    }
}

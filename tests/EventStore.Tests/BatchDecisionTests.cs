using FsCheck;
using FsCheck.Fluent;
using Integritet.Platform.EventStore.Appending;

namespace Integritet.EventStore.Tests;

/// <summary>The pure decision on a batch, against a model that decides one append after the other on a plain dictionary.</summary>
public sealed class BatchDecisionTests
{
    private static readonly DateTime Now = new(2026, 11, 21, 12, 0, 0, DateTimeKind.Utc);

    private static readonly IdempotencyRecord Before = Things.Keyed("k1", resource: "before");

    private static readonly Guid[] Messages = [Guid.CreateVersion7(), Guid.CreateVersion7(), Guid.CreateVersion7()];

    /// <summary>Few streams, keys and messages, so that they meet.</summary>
    private static readonly Gen<Append> Appends =
        from tenant in Gen.Elements("almena", "netip")
        from stream in Gen.Elements("a", "b", "c")
        from expected in Gen.Choose(-1, 6)
        from events in Gen.Choose(0, 3)
        from key in Gen.Frequency((4, Gen.Constant<string?>(null)), (1, Gen.Elements<string?>("k1", "k2")))
        from message in Gen.Frequency((4, Gen.Constant(-1)), (1, Gen.Choose(0, 2)))
        select Things.Append(stream, expected < 0 ? ExpectedVersion.Any : ExpectedVersion.Exactly(expected), events, tenant) with
        {
            Idempotency = key is null ? null : Things.Keyed(key, tenant, resource: $"{stream}{expected}"),
            Consumed = message < 0 ? null : new ConsumedMessage(Messages[message], "consumer"),
        };

    [Fact]
    public void A_batch_decides_as_its_appends_would_one_by_one() => Check(appends =>
    {
        var (facts, model) = (Facts(), new Model());
        var decisions = BatchDecision.Decide(appends, facts, Now);
        return decisions.Zip(appends).All(pair => Same(pair.First.Result, model.Apply(pair.Second)));
    });

    [Fact]
    public void Cutting_a_batch_in_two_decides_the_same() => Check(appends =>
    {
        var whole = BatchDecision.Decide(appends, Facts(), Now);
        var facts = Facts();
        var half = appends.Length / 2;
        var parts = BatchDecision.Decide(appends[..half], facts, Now).Concat(BatchDecision.Decide(appends[half..], facts, Now));
        return whole.Select(d => d.Result).SequenceEqual(parts.Select(d => d.Result));
    });

    [Fact]
    public void Positions_have_no_gap_and_stamps_rise() => Check(appends =>
    {
        var facts = Facts();
        var accepted = BatchDecision.Decide(appends, facts, Now).Where(d => d.Accepted && d.Append.Events.Count > 0).ToArray();
        var positions = accepted.SelectMany(d => Enumerable.Range(0, d.Append.Events.Count).Select(i => d.FirstPosition + i)).ToArray();
        return positions.SequenceEqual(Enumerable.Range(0, positions.Length).Select(i => 1001L + i))
            && facts.LastPosition == 1000 + positions.Length
            && accepted.Zip(accepted.Skip(1)).All(pair => pair.First.Stamp < pair.Second.Stamp)
            && accepted.All(d => d.Stamp >= Now);
    });

    [Fact]
    public void A_stamp_is_the_clocks_or_a_microsecond_after_the_last_one()
    {
        var facts = Facts();
        facts.LastStamp = Now.AddHours(1);
        Assert.Equal(Now.AddHours(1).AddMicroseconds(1), BatchDecision.Decide([Things.Append("a")], facts, Now)[0].Stamp);
        Assert.Equal(Now.AddHours(2), BatchDecision.Decide([Things.Append("a")], facts, Now.AddHours(2).AddTicks(7))[0].Stamp);
    }

    private static BatchFacts Facts()
    {
        var facts = new BatchFacts { LastPosition = 1000, LastStamp = Now.AddDays(-1) };
        facts.Versions[new StreamKey("almena", "a")] = 2;
        facts.Versions[new StreamKey("netip", "a")] = 5;
        facts.Idempotency[Before.Scope] = Before;
        facts.Consumed.Add(new ConsumedMessage(Messages[0], "consumer"));
        return facts;
    }

    private static void Check(Func<Append[], bool> holds) =>
        Prop.ForAll(Gen.ArrayOf(Appends).ToArbitrary(), holds).Check(Config.QuickThrowOnFailure.WithMaxTest(2000).WithEndSize(60));

    private static bool Same(AppendResult decided, AppendResult expected) => (decided, expected) switch
    {
        (AppendResult.Appended d, AppendResult.Appended e) => (d.Version, d.Position) == (e.Version, e.Position),
        _ => decided == expected,
    };

    /// <summary>The naive model: a log in a list, searched anew for every append.</summary>
    private sealed class Model
    {
        private readonly List<(string Tenant, string Stream)> _log =
            [.. Enumerable.Repeat(("almena", "a"), 2), .. Enumerable.Repeat(("netip", "a"), 5)];

        private readonly List<IdempotencyRecord> _records = [Before];
        private readonly List<ConsumedMessage> _consumed = [new(Messages[0], "consumer")];
        private long _position = 1000;

        public AppendResult Apply(Append append)
        {
            if (append.Idempotency is { } wanted && _records.Find(r => r.Scope == wanted.Scope) is { } first)
                return new AppendResult.Repeated(first);
            if (append.Consumed is { } message && _consumed.Contains(message))
                return new AppendResult.AlreadyConsumed();
            var version = _log.Count(e => e == (append.Tenant, append.Stream));
            if (append.Expected.Value is { } expected && expected != version)
                return new AppendResult.VersionConflict(version);
            if (append.Idempotency is not null)
                _records.Add(append.Idempotency);
            if (append.Consumed is not null)
                _consumed.Add(append.Consumed);
            _log.AddRange(Enumerable.Repeat((append.Tenant, append.Stream), append.Events.Count));
            _position += append.Events.Count;
            return new AppendResult.Appended(version + append.Events.Count, append.Events.Count == 0 ? 0 : _position, default);
        }
    }
}

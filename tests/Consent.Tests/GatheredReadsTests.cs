using System.Collections.Immutable;
using Integritet.Consent.Decisions;
using Integritet.Platform.EventStore;

namespace Integritet.Consent.Tests;

public sealed class GatheredReadsTests
{
    private ImmutableList<Read> _reads = [];
    private readonly GatheredReads _gathered;

    public GatheredReadsTests() => _gathered = new GatheredReads((controller, asked, _) =>
    {
        var read = new Read(controller, [.. asked]);
        // On whatever thread the read before it ended; a list that is being added to cannot be looked at.
        ImmutableInterlocked.Update(ref _reads, static (reads, one) => reads.Add(one), read);
        return read.Answer.Task;
    });

    [Fact]
    public async Task Those_who_come_while_a_read_is_under_way_share_the_next_and_get_nothing_older()
    {
        var first = AskAsync("almena", "a");
        var others = new[] { AskAsync("almena", "b"), AskAsync("almena", "c"), AskAsync("almena", "b") };
        Assert.Equal(["a"], Assert.Single(_reads).About);

        _reads[0].Answer.SetResult(Known(7));
        Assert.Equal(7, (await first).Position);
        await Until(() => _reads.Count == 2);
        Assert.Equal(["b", "c"], _reads[1].About);
        Assert.All(others, other => Assert.False(other.IsCompleted));

        _reads[1].Answer.SetResult(Known(8));
        Assert.All(await Task.WhenAll(others), known => Assert.Equal(8, known.Position));
    }

    [Fact]
    public async Task Whoever_comes_after_all_have_left_reads_again()
    {
        var first = AskAsync("almena", "a");
        _reads[0].Answer.SetResult(Known(1));
        await first;
        var second = AskAsync("almena", "a");
        await Until(() => _reads.Count == 2);
        _reads[1].Answer.SetResult(Known(2));
        Assert.Equal(2, (await second).Position);
    }

    [Fact]
    public void Controllers_are_never_read_for_together()
    {
        _ = AskAsync("almena", "a");
        _ = AskAsync("netip", "a");
        Assert.Equal(["almena", "netip"], _reads.Select(r => r.Controller));
    }

    [Fact]
    public async Task What_cannot_be_read_fails_for_whoever_asked_it_alone()
    {
        var first = AskAsync("almena", "a");
        var (good, bad) = (AskAsync("almena", "good"), AskAsync("almena", "bad"));
        _reads[0].Answer.SetResult(Known(1));
        await first;
        await Until(() => _reads.Count == 2);
        _reads[1].Answer.SetException(new InvalidDataException("bad"));
        await Until(() => _reads.Count == 3);
        _reads[2].Answer.SetResult(Known(2));
        await Until(() => _reads.Count == 4);
        _reads[3].Answer.SetException(new InvalidDataException("bad"));
        Assert.Equal(2, (await good).Position);
        await Assert.ThrowsAsync<InvalidDataException>(() => bad);
    }

    [Fact]
    public async Task A_store_that_is_away_is_asked_once_for_all()
    {
        var first = AskAsync("almena", "a");
        var others = new[] { AskAsync("almena", "b"), AskAsync("almena", "c") };
        _reads[0].Answer.SetResult(Known(1));
        await first;
        await Until(() => _reads.Count == 2);
        _reads[1].Answer.SetException(new EventStoreUnavailableException("away"));
        foreach (var other in others)
            await Assert.ThrowsAsync<EventStoreUnavailableException>(() => other);
        Assert.Equal(2, _reads.Count);
    }

    [Fact]
    public async Task A_caller_who_gives_up_leaves_the_others_their_answer()
    {
        using var givenUp = new CancellationTokenSource();
        var gone = _gathered.ReadAsync("almena", [new FactAsked(FactKindsOfConsents, "a")], givenUp.Token);
        var stays = AskAsync("almena", "b");
        await givenUp.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        _reads[0].Answer.SetResult(Known(1));
        await Until(() => _reads.Count == 2);
        _reads[1].Answer.SetResult(Known(2));
        Assert.Equal(2, (await stays).Position);
    }

    private static Platform.PolicyEngine.FactKinds FactKindsOfConsents => Platform.PolicyEngine.FactKinds.Consents;

    private Task<KnownFacts> AskAsync(string controller, string about) => _gathered.ReadAsync(controller, [new FactAsked(FactKindsOfConsents, about)], CancellationToken.None);

    private static KnownFacts Known(long position) => new(DateTimeOffset.UnixEpoch, position, new Dictionary<FactAsked, List<FactRow>>());

    // The queue goes on by itself once a read has ended, on another thread.
    private static Task Until(Func<bool> condition) => Servers.Until.TrueAsync(() => Task.FromResult(condition()));

    private sealed record Read(string Controller, IReadOnlyList<FactAsked> Asked)
    {
        public TaskCompletionSource<KnownFacts> Answer { get; } = new();

        public IEnumerable<string> About => Asked.Select(a => a.About);
    }
}

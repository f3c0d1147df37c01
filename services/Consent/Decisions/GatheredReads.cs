using System.Collections.Concurrent;
using Integritet.Platform.EventStore;

namespace Integritet.Consent.Decisions;

/// <summary>Reads what is known of the things asked, as it stands when it is called or later.</summary>
public delegate Task<KnownFacts> ReadFacts(string controller, IReadOnlyCollection<FactAsked> asked, CancellationToken cancel);

/// <summary>
/// Facts for questions that come at the same time: while one read is under way, those that come wait for the next, which is one for all of them. So nobody's facts are older than his question, and
/// a busy service reads a few times per commit instead of once per question.
/// </summary>
public sealed class GatheredReads(ReadFacts read)
{
    /// <summary>Most things asked in one read; whoever asks for more alone gets a read of his own.</summary>
    private const int MostAsked = 1_000;

    private readonly ConcurrentDictionary<string, Line> _lines = new(StringComparer.Ordinal);

    /// <summary>What is known of the things asked, perhaps among others'. Throws <see cref="EventStoreUnavailableException"/> when the store is away.</summary>
    public Task<KnownFacts> ReadAsync(string controller, IReadOnlyCollection<FactAsked> asked, CancellationToken cancel)
    {
        if (asked.Count == 0)
            return read(controller, asked, cancel);
        var waiting = new Waiting(asked);
        var line = _lines.GetOrAdd(controller, static _ => new Line());
        if (line.Join(waiting))
        {
            // What is read from here on is for whoever waits, not for this caller alone.
            using (ExecutionContext.SuppressFlow())
                _ = LeadAsync(controller, line);
        }
        return waiting.Answer.Task.WaitAsync(cancel);
    }

    private async Task LeadAsync(string controller, Line line)
    {
        while (line.TakeNext(MostAsked) is { Count: > 0 } together)
            await AnswerAsync(controller, together);
    }

    private async Task AnswerAsync(string controller, List<Waiting> together)
    {
        try
        {
            var known = await read(controller, [.. together.SelectMany(w => w.Asked).Distinct()], CancellationToken.None);
            foreach (var waiting in together)
                waiting.Answer.SetResult(known);
        }
        catch (Exception e) when (together.Count == 1 || e is EventStoreUnavailableException)
        {
            foreach (var waiting in together)
                waiting.Answer.SetException(e);
        }
        catch (Exception)
        {
            // One of them asks what cannot be read. Each alone, only that one hears of it.
            foreach (var waiting in together)
                await AnswerAsync(controller, [waiting]);
        }
    }

    /// <param name="Asked">The things asked.</param>
    private sealed record Waiting(IReadOnlyCollection<FactAsked> Asked)
    {
        public TaskCompletionSource<KnownFacts> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    /// <summary>Those of one controller who wait, and whether somebody reads for them.</summary>
    private sealed class Line
    {
        private readonly Lock _lock = new();
        private readonly Queue<Waiting> _waiting = new();
        private bool _led;

        /// <summary>True if the caller is the one to read from now on.</summary>
        public bool Join(Waiting waiting)
        {
            lock (_lock)
            {
                _waiting.Enqueue(waiting);
                return !_led && (_led = true);
            }
        }

        /// <summary>Those to be read for together; empty, and the lead over, when nobody waits.</summary>
        public List<Waiting> TakeNext(int mostAsked)
        {
            var next = new List<Waiting>();
            lock (_lock)
            {
                for (var asked = 0; _waiting.TryPeek(out var first) && (next.Count == 0 || asked + first.Asked.Count <= mostAsked); asked += first.Asked.Count)
                    next.Add(_waiting.Dequeue());
                _led = next.Count > 0;
            }
            return next;
        }
    }
}

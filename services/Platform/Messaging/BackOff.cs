namespace Integritet.Platform.Messaging;

/// <summary>Doubling pauses between attempts, from 0.2 to 10 seconds, with jitter.</summary>
internal sealed class BackOff
{
    private static readonly TimeSpan First = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(10);

    public TimeSpan Next { get; private set; } = First;

    public void Reset() => Next = First;

    /// <summary>The pause to make now.</summary>
    public TimeSpan Take()
    {
        var pause = Next * (0.75 + (Random.Shared.NextDouble() / 2));
        Next = Next * 2 > Longest ? Longest : Next * 2;
        return pause;
    }

    /// <summary>Attempts until an attempt succeeds; ends otherwise only by being cancelled.</summary>
    /// <param name="attempt">What is to succeed.</param>
    /// <param name="failed">Told why an attempt failed, and of the pause before the next.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public static async Task InsistAsync(Func<Task> attempt, Action<Exception, TimeSpan> failed, CancellationToken cancellationToken)
    {
        var pause = new BackOff();
        while (true)
        {
            try
            {
                await attempt();
                return;
            }
            catch (Exception e) when (!cancellationToken.IsCancellationRequested)
            {
                failed(e, pause.Next);
            }

            await pause.WaitAsync(cancellationToken);
        }
    }

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Take(), cancellationToken);
}

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

    public Task WaitAsync(CancellationToken cancellationToken) => Task.Delay(Take(), cancellationToken);
}

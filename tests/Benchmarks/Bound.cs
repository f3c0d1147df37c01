using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Integritet.Benchmarks;

/// <summary>Waits that end: with what was waited for, or with a <see cref="TimeoutException"/> that names it.</summary>
internal static class Bound
{
    /// <summary>Longer than anything that works takes.</summary>
    public static readonly TimeSpan Most = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan TenthOfASecond = TimeSpan.FromMilliseconds(100);

    /// <summary>Returns once the condition holds.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what, TimeSpan? most = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var limit = most ?? Most;
        for (var since = Stopwatch.GetTimestamp(); !condition(); await Task.Delay(1))
            if (Stopwatch.GetElapsedTime(since) > limit)
                throw TooLate(what, limit, file, line);
    }

    /// <summary>The same for a condition that has to be asked for: ten times a second, or as often as asking disturbs nothing.</summary>
    public static async Task UntilAsync(Func<Task<bool>> condition, string what, TimeSpan? most = null, TimeSpan? every = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var limit = most ?? Most;
        for (var since = Stopwatch.GetTimestamp(); !await condition(); await Task.Delay(every ?? TenthOfASecond))
            if (Stopwatch.GetElapsedTime(since) > limit)
                throw TooLate(what, limit, file, line);
    }

    /// <summary>What the work gives, if it does so in time.</summary>
    public static async Task<T> WithinAsync<T>(Task<T> work, string what, TimeSpan? most = null, [CallerFilePath] string file = "", [CallerLineNumber] int line = 0)
    {
        var limit = most ?? Most;
        try
        {
            return await work.WaitAsync(limit);
        }
        catch (TimeoutException) when (!work.IsCompleted)
        {
            throw TooLate(what, limit, file, line);
        }
    }

    private static TimeoutException TooLate(string what, TimeSpan limit, string file, int line) =>
        new($"Waited {limit.TotalSeconds:0} s in vain until {what} ({Path.GetFileName(file)}:{line}).");
}

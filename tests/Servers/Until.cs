using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit;

namespace Integritet.Servers;

/// <summary>Waiting for a condition, with a bound.</summary>
public static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, int withinSeconds = 60, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started).TotalSeconds > withinSeconds)
                throw new TimeoutException($"Not within {withinSeconds} s: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}

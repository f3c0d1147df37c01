using System.Diagnostics;

namespace Integritet.Audit.Tests;

/// <summary>Waiting for a condition, with a bound.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<Task<bool>> condition, int withinSeconds = 30, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(condition))] string what = "")
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed.TotalSeconds > withinSeconds)
                throw new TimeoutException($"Not within {withinSeconds} s: {what}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}

using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Integritet.Messaging.Tests;

/// <summary>Waits for a condition, with a bound; says what it waited for and what it saw last.</summary>
internal static class Wait
{
    public static Task UntilAsync(Func<bool> condition, int seconds = 60, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? seen = null) =>
        UntilAsync(() => Task.FromResult(condition()), seconds, what, seen);

    public static async Task UntilAsync(Func<Task<bool>> condition, int seconds = 60, [CallerArgumentExpression(nameof(condition))] string what = "", Func<string>? seen = null)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(seconds)) Assert.Fail($"Not within {seconds} s: {what}. {seen?.Invoke()}");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}

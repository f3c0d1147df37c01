namespace Integritet.Retention.Instructions;

/// <summary>How long systems of record have to answer, and how soon they are told again.</summary>
public static class Deadlines
{
    /// <summary>From issue to escalation: well inside the month that art. 12(3) gives to a request.</summary>
    public static readonly TimeSpan ToAnswer = TimeSpan.FromDays(7);

    /// <summary>A system that has not answered at all is told again this often, once its deadline has passed.</summary>
    public static readonly TimeSpan BetweenReminders = TimeSpan.FromDays(1);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromHours(1);

    /// <summary>The pause after a failure: an hour, doubled each time, a day at most.</summary>
    public static TimeSpan AfterFailure(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        return attempt > 5 ? BetweenReminders : TimeSpan.FromTicks(Math.Min(FirstRetry.Ticks << (attempt - 1), BetweenReminders.Ticks));
    }
}

using Microsoft.Extensions.Options;

namespace Integritet.Retention.Instructions;

/// <summary>How long systems of record have to answer, and how soon they are told again. Configuration section <c>Deadlines</c>.</summary>
public sealed class Deadlines
{
    /// <summary>Well inside the month that art. 12(3) gives to a request.</summary>
    public static readonly TimeSpan LongestAnswer = TimeSpan.FromDays(28);

    /// <summary>From issue to escalation.</summary>
    public TimeSpan ToAnswer { get; set; } = TimeSpan.FromDays(7);

    /// <summary>A system that has not answered at all is told again this often, once its deadline has passed; no pause after a failure is longer.</summary>
    public TimeSpan BetweenReminders { get; set; } = TimeSpan.FromDays(1);

    /// <summary>The pause after the first failure; doubled after each further one.</summary>
    public TimeSpan AfterFirstFailure { get; set; } = TimeSpan.FromHours(1);

    /// <summary>The deadline of what is issued now, in whole microseconds: what a system hears and what the list says are one instant.</summary>
    public DateTimeOffset Of(DateTimeOffset now)
    {
        var deadline = now + ToAnswer;
        return deadline.AddTicks(-(deadline.Ticks % TimeSpan.TicksPerMicrosecond));
    }

    /// <summary>The pause after a failure.</summary>
    public TimeSpan AfterFailure(int attempt)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(attempt, 1);
        var pause = AfterFirstFailure;
        for (var one = 1; one < attempt && pause < BetweenReminders; one++)
            pause += pause;
        return pause < BetweenReminders ? pause : BetweenReminders;
    }
}

/// <summary>Systems are neither told without a pause nor given more time than the law gives the controller.</summary>
internal sealed class DeadlinesCheck : IValidateOptions<Deadlines>
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMinutes(1);

    public ValidateOptionsResult Validate(string? name, Deadlines options)
    {
        var faults = new List<string>();
        if (options.ToAnswer < Shortest || options.ToAnswer > Deadlines.LongestAnswer)
            faults.Add($"Deadlines__ToAnswer is the time a system of record has to answer an instruction, from {Shortest} to {Deadlines.LongestAnswer} (days.hours:minutes:seconds).");
        if (options.BetweenReminders < Shortest || options.BetweenReminders > options.ToAnswer)
            faults.Add($"Deadlines__BetweenReminders is how often a late system is told again, from {Shortest} to Deadlines__ToAnswer.");
        if (options.AfterFirstFailure < Shortest || options.AfterFirstFailure > options.BetweenReminders)
            faults.Add($"Deadlines__AfterFirstFailure is the first pause after a failure, from {Shortest} to Deadlines__BetweenReminders.");
        return faults.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(faults);
    }
}

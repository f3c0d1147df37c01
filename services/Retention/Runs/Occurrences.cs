using System.Globalization;
using Integritet.Platform.PolicyEngine;
using NodaTime;

namespace Integritet.Retention.Runs;

/// <summary>
/// When a rule's schedule comes round, in the controller's zone. A local time that a change of the clock skips is that much later; one that comes twice is taken the first time.
/// </summary>
public static class Occurrences
{
    /// <summary>The last occurrence at or before an instant.</summary>
    public static Instant Latest(this Schedule schedule, DateTimeZone zone, Instant now)
    {
        var date = FirstCandidate(schedule, now.InZone(zone).Date);
        while (At(schedule, zone, date) is var occurrence)
        {
            if (occurrence <= now)
                return occurrence;
            date = Step(schedule, date, -1);
        }
        throw new InvalidOperationException("A schedule always has an occurrence before.");
    }

    /// <summary>The schedule as a word: <c>daily-03:00</c>, <c>monthly-1-00:00</c>.</summary>
    public static string Written(this Schedule schedule) => schedule.Every switch
    {
        ScheduleKind.Daily => schedule.At.ToString("'daily-'HH':'mm", CultureInfo.InvariantCulture),
        ScheduleKind.Monthly => string.Create(CultureInfo.InvariantCulture, $"monthly-{schedule.Day}-{schedule.At.ToString("HH':'mm", CultureInfo.InvariantCulture)}"),
        _ => throw new InvalidOperationException($"{schedule.Every} is no schedule."),
    };

    private static LocalDate FirstCandidate(Schedule schedule, LocalDate today) => schedule.Every == ScheduleKind.Monthly ? new LocalDate(today.Year, today.Month, schedule.Day) : today;

    private static LocalDate Step(Schedule schedule, LocalDate date, int by) => schedule.Every == ScheduleKind.Monthly ? date.PlusMonths(by) : date.PlusDays(by);

    private static Instant At(Schedule schedule, DateTimeZone zone, LocalDate date) => date.At(schedule.At).InZoneLeniently(zone).ToInstant();
}

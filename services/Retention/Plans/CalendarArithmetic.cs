using Integritet.Platform.PolicyEngine;
using NodaTime;

namespace Integritet.Retention.Plans;

/// <summary>Instants in a controller's own calendar. A local time that summer time skips moves on by what was skipped; one that comes twice is the first of the two.</summary>
public static class CalendarArithmetic
{
    private static readonly Period OneDay = Period.FromDays(1);

    /// <summary>The zone of a policy's controller.</summary>
    public static DateTimeZone ZoneOf(PolicyDocument policy) => DateTimeZoneProviders.Tzdb[policy.Controller.Zone];

    /// <summary>Calendar units count at the same local time, hours and less as they pass.</summary>
    public static DateTimeOffset Plus(DateTimeOffset start, Period period, DateTimeZone zone)
    {
        var local = Instant.FromDateTimeOffset(start).InZone(zone).LocalDateTime;
        var date = new PeriodBuilder { Years = period.Years, Months = period.Months, Weeks = period.Weeks, Days = period.Days }.Build();
        var time = new PeriodBuilder { Hours = period.Hours, Minutes = period.Minutes, Seconds = period.Seconds, Milliseconds = period.Milliseconds, Ticks = period.Ticks, Nanoseconds = period.Nanoseconds }.Build();
        return (At(local + date, zone) + time.ToDuration()).ToDateTimeOffset();
    }

    /// <summary>Where a period counts from.</summary>
    public static DateTimeOffset AnchorOf(DateTimeOffset recordedAt, PeriodAnchor anchor, DateTimeZone zone) => anchor switch
    {
        PeriodAnchor.Recorded => recordedAt,
        PeriodAnchor.CalendarYearEnd => At(new LocalDateTime(Instant.FromDateTimeOffset(recordedAt).InZone(zone).Year + 1, 1, 1, 0, 0), zone).ToDateTimeOffset(),
        _ => throw new ArgumentOutOfRangeException(nameof(anchor)),
    };

    /// <summary>The first time of a schedule that is not before an instant.</summary>
    public static DateTimeOffset NextRun(Schedule schedule, DateTimeOffset notBefore, DateTimeZone zone)
    {
        var earliest = Instant.FromDateTimeOffset(notBefore);
        var day = earliest.InZone(zone).Date;
        if (schedule.Every == ScheduleKind.Monthly)
            day = day.With(DateAdjusters.DayOfMonth(schedule.Day));
        while (true)
        {
            var at = At(day + schedule.At, zone);
            if (at >= earliest)
                return at.ToDateTimeOffset();
            day += schedule.Every == ScheduleKind.Monthly ? Period.FromMonths(1) : OneDay;
        }
    }

    private static Instant At(LocalDateTime local, DateTimeZone zone) => local.InZoneLeniently(zone).ToInstant();
}

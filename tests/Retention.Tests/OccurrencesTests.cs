using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Runs;
using NodaTime;
using NodaTime.Text;

namespace Integritet.Retention.Tests;

public sealed class OccurrencesTests
{
    private static readonly Schedule Purge = new(ScheduleKind.Monthly, 1, LocalTime.Midnight);
    private static readonly Schedule HalfPastTwo = new(ScheduleKind.Daily, 1, new LocalTime(2, 30));

    [Theory]
    [InlineData("2026-11-02T01:59:59Z", "2026-11-01T02:00:00Z")]
    [InlineData("2026-11-02T02:00:00Z", "2026-11-02T02:00:00Z")]
    [InlineData("2026-07-02T00:59:00Z", "2026-07-01T01:00:00Z")]
    public void A_daily_run_is_at_three_local_in_summer_and_winter(string now, string latest) => Check(Schedule.Daily, "Europe/Stockholm", now, latest);

    [Theory]
    [InlineData("2026-11-30T22:59:59Z", "2026-10-31T23:00:00Z")]
    [InlineData("2026-11-30T23:00:00Z", "2026-11-30T23:00:00Z")]
    [InlineData("2026-03-31T21:30:00Z", "2026-02-28T23:00:00Z")]
    [InlineData("2026-03-31T22:00:00Z", "2026-03-31T22:00:00Z")]
    public void The_monthly_purge_is_at_midnight_on_the_first_local(string now, string latest) => Check(Purge, "Europe/Stockholm", now, latest);

    [Fact]
    public void Where_the_first_has_not_begun_yet_the_month_before_counts() => Check(Purge, "America/Panama", "2026-12-01T04:59:00Z", "2026-11-01T05:00:00Z");

    [Fact]
    public void A_local_time_that_the_clock_skips_is_that_much_later() => Check(HalfPastTwo, "Europe/Oslo", "2026-03-29T12:00:00Z", "2026-03-29T01:30:00Z");

    [Fact]
    public void A_local_time_that_comes_twice_is_taken_the_first_time() => Check(HalfPastTwo, "Europe/Oslo", "2026-10-25T01:15:00Z", "2026-10-25T00:30:00Z");

    [Fact]
    public void Every_instant_has_its_last_occurrence_and_none_lies_between()
    {
        var zone = DateTimeZoneProviders.Tzdb["Europe/Sofia"];
        foreach (var schedule in new[] { Schedule.Daily, Purge, HalfPastTwo })
        {
            for (var at = Parse("2026-01-01T00:17:00Z"); at < Parse("2027-02-01T00:00:00Z"); at += Duration.FromHours(5))
            {
                var latest = schedule.Latest(zone, at);
                Assert.True(latest <= at);
                Assert.Equal(latest, schedule.Latest(zone, latest));
                Assert.True(at - latest <= Duration.FromDays(schedule.Every == ScheduleKind.Monthly ? 31 : 1) + Duration.FromHours(1));
            }
        }
    }

    [Fact]
    public void Each_schedule_has_a_word()
    {
        Assert.Equal("daily-03:00", Schedule.Daily.Written());
        Assert.Equal("monthly-1-00:00", Purge.Written());
    }

    private static void Check(Schedule schedule, string zone, string now, string latest) =>
        Assert.Equal(Parse(latest), schedule.Latest(DateTimeZoneProviders.Tzdb[zone], Parse(now)));

    private static Instant Parse(string text) => InstantPattern.CreateWithInvariantCulture("uuuu-MM-dd'T'HH:mm:ss'Z'").Parse(text).Value;
}

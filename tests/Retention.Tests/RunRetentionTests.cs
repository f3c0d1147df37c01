using Integritet.Platform.Hosting;
using Integritet.Retention.Runs;

namespace Integritet.Retention.Tests;

public sealed class RunRetentionTests
{
    private static readonly DateTimeOffset Now = Pure.At("2026-11-02T10:00:00Z");
    private static readonly Guid RunId = Guid.Parse("0197bbbb-0000-7000-8000-000000000002");
    private static readonly string Hash = new('a', 64);
    private static readonly PlanSummary Plan = new(Now, Hash, 2, 1, 7);
    private static readonly RunRegister.DryRun DryRun = new(Guid.Parse("0197bbbb-0000-7000-8000-000000000001"), Now);
    private static readonly Caller Officer = new("gateway", "key-1") { Roles = [Roles.Officer] };
    private static readonly Caller Auditor = new("gateway", "key-2") { Roles = [Roles.Auditor] };

    [Fact]
    public void A_dry_run_is_its_plan()
    {
        var planned = RunRetention.DecideDry(Run.Aggregate.Initial, RunId, Plan).ThenOne<RunEvent.Planned>();
        Assert.Equal(new RunEvent.Planned(RunId, Plan), planned);
        RunRetention.DecideDry(Run.Evolve(Run.Aggregate.Initial, planned), RunId, Plan).ThenNothing();
    }

    [Fact]
    public void A_real_run_starts_with_the_plan_that_was_approved()
    {
        var started = RunRetention.DecideReal(Run.Aggregate.Initial, RunId, Hash, DryRun, Plan, Now.AddMinutes(5)).ThenOne<RunEvent.Started>();
        Assert.Equal((DryRun.RunId, null, Plan), (started.DryRunId, started.Schedule, started.Plan));
    }

    [Fact]
    public void A_plan_that_has_changed_is_refused() =>
        Assert.Equal("stale-plan", Assert.Single(RunRetention.DecideReal(Run.Aggregate.Initial, RunId, new string('b', 64), DryRun, Plan, Now).ThenRefused(409, "/planHash").Errors).Code);

    [Fact]
    public void A_plan_for_a_time_to_come_is_not_run() => RunRetention.DecideReal(Run.Aggregate.Initial, RunId, Hash, DryRun with { AsOf = Now.AddSeconds(1) }, Plan, Now).ThenRefused(409, "/planHash");

    [Fact]
    public void A_plan_is_as_of_an_instant_that_the_store_can_keep() =>
        Assert.Equal(Pure.At("2026-11-02T10:00:00.235416Z"), RunRetention.WholeMicroseconds(Pure.At("2026-11-02T12:00:00.2354168+02:00")));

    [Fact]
    public void What_is_asked_must_fit_the_kind_of_run()
    {
        Assert.Null(RunRetention.Check(new(DryRun: true), Auditor));
        Assert.Null(RunRetention.Check(new(DryRun: true, AsOf: Now), Officer));
        Assert.Null(RunRetention.Check(new(DryRun: false, PlanHash: Hash), Officer));
        Assert.Equal(403, RunRetention.Check(new(DryRun: false, PlanHash: Hash), Auditor)!.Status);
        Assert.Equal(["/planHash"], Pointers(new(DryRun: true, PlanHash: Hash)));
        Assert.Equal(["/planHash"], Pointers(new(DryRun: false)));
        Assert.Equal(["/planHash"], Pointers(new(DryRun: false, PlanHash: "latest")));
        Assert.Equal(["/asOf", "/planHash"], Pointers(new(DryRun: false, AsOf: Now)));
    }

    [Fact]
    public void A_policys_schedules_come_round_only_from_when_it_takes_effect()
    {
        var policy = Pure.Policy("netip");
        var due = ScheduleRuns.Due(policy, Pure.At("2026-12-01T08:00:00Z")).ToDictionary(d => d.Schedule, d => d.Occurrence.ToDateTimeOffset());
        Assert.Equal(Pure.At("2026-12-01T02:00:00Z"), due["daily-03:00"]);
        Assert.Equal(Pure.At("2026-11-30T23:00:00Z"), due["monthly-1-00:00"]);
        Assert.Equal(2, due.Count);
        Assert.Equal(["daily-03:00"], ScheduleRuns.Due(policy with { EffectiveFrom = Pure.At("2026-12-01T00:00:00Z") }, Pure.At("2026-12-01T08:00:00Z")).Select(d => d.Schedule));
    }

    private static IEnumerable<string?> Pointers(RunRetention.Body body) => RunRetention.Check(body, Officer)!.Errors.Select(e => e.Pointer);
}

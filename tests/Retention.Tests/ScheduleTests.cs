using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.Retention.Tests;

/// <summary>A service whose schedule is turned off: nothing runs by itself, and what an officer runs goes.</summary>
public sealed class ScheduleTests
{
    [Fact]
    public async Task With_the_schedule_turned_off_nothing_runs_by_itself_and_a_run_by_hand_works()
    {
        await using var installation = new Installation { Settings = new Dictionary<string, string>(StringComparer.Ordinal) { ["Schedule__Enabled"] = "false" } };
        var netip = await Case.OfAsync(installation, "netip");
        var holding = await netip.RegisterAsync(Case.Holding(Case.SomeEmail(), "netflow", "network-log", "network-operation", "2026-01-01T00:00:00Z"));

        // Who carries the run through comes to the schedule first.
        var plan = (await netip.PostAsync("retention/runs", new JsonObject { ["dryRun"] = true }, "officer")).Ok(HttpStatusCode.Created);
        var run = (await netip.PostAsync("retention/runs", new JsonObject { ["dryRun"] = false, ["planHash"] = (string?)plan["planHash"] }, "officer")).Ok(HttpStatusCode.Created);
        await Until.TrueAsync(async () => (string?)(await netip.GetAsync($"retention/runs/{(string?)run["runId"]}")).Ok()["status"] == "completed");

        var runs = (await netip.GetAsync("retention/runs?limit=100")).Ok()["items"]!.AsArray();
        Assert.Equal(2, runs.Count);
        Assert.All(runs, one => Assert.Null(one!["schedule"]));
        var instruction = Assert.Single((await netip.GetAsync("instructions?system=netflow", "system")).Ok()["items"]!.AsArray())!;
        Assert.Equal(((string?)holding["holdingId"], (string?)run["runId"]), ((string?)instruction["holdingId"], (string?)instruction["runId"]));
    }
}

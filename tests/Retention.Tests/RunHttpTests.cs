using System.Net;
using System.Text.Json.Nodes;

namespace Integritet.Retention.Tests;

/// <summary>Bad input to runs, holds and instructions: each a problem document, and nothing stored.</summary>
public sealed class RunHttpTests(Installation installation)
{
    private const string Netip = "/v1/netip/";

    [Theory]
    [InlineData("""{"dryRun":true,"planHash":"x"}""", 422, "/planHash")]
    [InlineData("""{"dryRun":false}""", 422, "/planHash")]
    [InlineData("""{"dryRun":false,"planHash":"NOT-A-HASH"}""", 422, "/planHash")]
    [InlineData("""{"dryRun":false,"planHash":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","asOf":"2026-11-02T00:00:00Z"}""", 422, "/asOf")]
    [InlineData("""{"dryRun":false,"planHash":"0000000000000000000000000000000000000000000000000000000000000000"}""", 409, "/planHash")]
    public async Task A_run_that_cannot_be_is_refused(string body, int status, string pointer) =>
        (await PostAsync("retention/runs", "officer", JsonNode.Parse(body)!)).Problem(status, pointer);

    [Theory]
    [InlineData("{}")]
    [InlineData("""{"dryRun":"yes"}""")]
    [InlineData("""{"dryRun":true,"force":true}""")]
    [InlineData("""{"dryRun":true,"asOf":"yesterday"}""")]
    public async Task A_malformed_run_is_400(string body) => (await PostAsync("retention/runs", "officer", JsonNode.Parse(body)!)).Problem(400);

    [Fact]
    public async Task Only_an_officer_runs_a_plan_and_only_officers_hold()
    {
        (await PostAsync("retention/runs", "auditor", new JsonObject { ["dryRun"] = true })).Ok(HttpStatusCode.Created);
        (await PostAsync("retention/runs", "auditor", new JsonObject { ["dryRun"] = false, ["planHash"] = new string('0', 64) })).Problem(403);
        (await PostAsync("retention/runs", "system", new JsonObject { ["dryRun"] = true })).Problem(403);
        (await PostAsync("retention/legal-holds", "auditor", new JsonObject { ["case"] = "c", ["reason"] = "r" })).Problem(403);
    }

    [Fact]
    public async Task A_hold_on_nothing_or_nobody_is_refused()
    {
        (await PostAsync("retention/legal-holds", "officer", new JsonObject { ["case"] = "c-1", ["reason"] = "order" })).Problem(422, "/holdings");
        (await PostAsync("retention/legal-holds", "officer", new JsonObject { ["case"] = "", ["reason"] = "", ["holdings"] = new JsonArray(Guid.CreateVersion7().ToString()) })).Problem(422, "/case", "/reason", "/holdings/0");
        (await PostAsync("retention/legal-holds", "officer", new JsonObject { ["case"] = "c-1", ["reason"] = "order", ["subject"] = new JsonObject { ["type"] = "email", ["value"] = "nobody" } })).Problem(422, "/subject/value");
        (await PostAsync($"retention/legal-holds/{Guid.CreateVersion7()}/release", "officer", new JsonObject { ["reason"] = "over" })).Problem(404);
    }

    [Fact]
    public async Task A_hold_is_placed_listed_and_released_and_another_controllers_is_not_found()
    {
        var placed = (await PostAsync("retention/legal-holds", "officer", new JsonObject { ["case"] = "c-1", ["reason"] = "order", ["subject"] = Case.Subject(Case.SomeEmail()) })).Ok(HttpStatusCode.Created);
        var path = $"retention/legal-holds/{(string?)placed["holdId"]}";
        Assert.Equal(("in-force", "order"), ((string?)(await GetAsync(path, "officer")).Ok()["status"], (string?)placed["reason"]));
        Assert.Equal((string?)placed["subject"], (await GetAsync(path, "officer")).Subjects);
        var service = await installation.ServiceAsync();
        (await service.GetAsync($"/v1/almena/{path}", installation.Token("officer"))).Problem(404);
        (await service.PostAsync($"/v1/almena/{path}/release", installation.Token("officer"), new JsonObject { ["reason"] = "over" })).Problem(404);
        var release = await PostAsync($"{path}/release", "officer", new JsonObject { ["reason"] = "no order came" });
        var released = release.Ok();
        Assert.Equal((string?)placed["subject"], release.Subjects);
        Assert.Equal(released.ToJsonString(), (await PostAsync($"{path}/release", "officer", new JsonObject { ["reason"] = "another reason" })).Ok().ToJsonString());
        Assert.Contains((await GetAsync("retention/legal-holds?limit=100", "auditor")).Ok()["items"]!.AsArray(), hold => (string?)hold!["holdId"] == (string?)placed["holdId"]);
    }

    [Fact]
    public async Task The_same_request_twice_under_one_key_is_one_run()
    {
        var key = ("Idempotency-Key", Case.Some("key"));
        var first = (await PostAsync("retention/runs", "officer", new JsonObject { ["dryRun"] = true }, key)).Ok(HttpStatusCode.Created);
        Assert.Equal(first.ToJsonString(), (await PostAsync("retention/runs", "officer", new JsonObject { ["dryRun"] = true }, key)).Ok(HttpStatusCode.Created).ToJsonString());
        (await PostAsync("retention/runs", "officer", new JsonObject { ["dryRun"] = true, ["asOf"] = "2026-11-02T00:00:00Z" }, key)).Problem(422);
    }

    [Fact]
    public async Task What_is_not_there_is_404_and_what_cannot_be_asked_is_said()
    {
        (await GetAsync($"retention/runs/{Guid.CreateVersion7()}", "officer")).Problem(404);
        (await GetAsync($"retention/runs/{Guid.CreateVersion7()}/items", "officer")).Problem(404);
        (await GetAsync("retention/runs?limit=0", "officer")).Problem(400, "#query/limit");
        (await GetAsync("instructions?status=lost", "system")).Problem(422, "#query/status");
        (await GetAsync("instructions?after=x", "system")).Problem(400, "#query/after");
        (await GetAsync("instructions?system=%00", "system")).Problem(422, "#query/system");
        (await GetAsync("retention/agreements?customer=%00", "officer")).Problem(422, "#query/customer");
        (await PostAsync($"instructions/{Guid.CreateVersion7()}/confirmation", "system", new JsonObject { ["evidence"] = "x" })).Problem(404);
        var vault = installation.Token("system", systems: "vault");
        (await (await installation.ServiceAsync()).GetAsync(Netip + "instructions?system=mail", vault)).Problem(404);
        (await (await installation.ServiceAsync()).GetAsync("/v1/nobody/processing-record", installation.Token("officer"))).Problem(404);
    }

    [Fact]
    public async Task A_move_without_a_new_reference_or_to_nowhere_is_refused_and_stays_open()
    {
        var mail = Case.Holding(Case.SomeEmail(), "mail", "mail-message", "service-delivery");
        mail["attributes"] = new JsonObject { ["relevant"] = true };
        var holding = (string)(await PostAsync("holdings", "system", mail)).Ok(HttpStatusCode.Created)["holdingId"]!;
        // Instructed when the registration is answered.
        var move = (await GetAsync("instructions?system=mail&status=open&limit=1000", "system")).Ok()["items"]!.AsArray().Single(item => (string?)item!["holdingId"] == holding)!;
        var path = $"instructions/{(string?)move["instructionId"]}";
        (await PostAsync($"{path}/confirmation", "system", new JsonObject { ["evidence"] = "moved" })).Problem(422, "/newReference");
        (await PostAsync($"{path}/confirmation", "system", new JsonObject { ["evidence"] = "moved", ["newReference"] = "c-1", ["newSystem"] = "attic" })).Problem(422, "/newSystem");
        (await PostAsync($"{path}/confirmation", "system", new JsonObject { ["evidence"] = " ", ["newReference"] = Case.Some("c") })).Problem(422, "/evidence");
        (await PostAsync($"{path}/failure", "system", new JsonObject { ["reason"] = "" })).Problem(422, "/reason");
        Assert.Equal("issued", (string?)(await GetAsync(path, "system")).Ok()["status"]);
    }

    private async Task<Answer> PostAsync(string path, string role, JsonNode body, params (string, string)[] headers) =>
        await (await installation.ServiceAsync()).PostAsync(Netip + path, installation.Token(role), body.ToJsonString(), headers);

    private async Task<Answer> GetAsync(string path, string role) => await (await installation.ServiceAsync()).GetAsync(Netip + path, installation.Token(role));
}

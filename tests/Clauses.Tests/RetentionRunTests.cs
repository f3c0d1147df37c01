using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>What goes, when, by whose hand, and what stays: retention runs and instructions of netip, through the gateway.</summary>
[Collection(Alone.Name)]
public sealed class RetentionRunTests(Installation installation) : IAsyncLifetime
{
    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    private readonly Controller _netip = new(installation, "netip");

    /// <summary>
    /// Each test begins when the scheduled runs that have fallen due are through and no other is under way: a run under way keeps the next from starting, and what it instructs makes other plans stale.
    /// </summary>
    public async ValueTask InitializeAsync()
    {
        var since = Instant(await _netip.GetAsync("policies/in-force", "officer"), "effectiveFrom");
        var due = LatestOccurrences(await _netip.NowAsync()).Where(occurrence => occurrence >= since).ToArray();
        await Calls.EventuallyAsync(
            () => _netip.GetAsync("retention/runs?limit=500", "auditor"),
            page => page["items"]!.AsArray() is var runs && runs.All(run => (string?)run!["status"] != "under-way")
                && due.All(occurrence => runs.Any(run => run!["schedule"] is not null && Instant(run, "asOf") == occurrence)),
            "scheduled runs are through");
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    [Clause("NI-1", Part = "the next erasure run")]
    public async Task NI_1_a_traffic_log_of_four_weeks_is_in_the_next_run_and_goes()
    {
        var (due, young) = (await LogAsync(daysOld: 29), await LogAsync(daysOld: 27));
        var plan = await DryRunAsync();
        var items = await ItemsAsync(plan);
        Assert.Equal("NI-1", (string?)Item(items, due)!["rule"]);
        Assert.Null(Item(items, young));
        var run = await RunAsync(plan);
        Assert.Equal((string?)plan["planHash"], (string?)run["planHash"]);
        var instruction = await InstructionAsync("netflow", due);
        Assert.Equal("erase", (string?)instruction["action"]);
        await ConfirmAsync(instruction);
        var gone = await _netip.GetAsync($"holdings/{due}", "officer");
        Assert.Equal(("erased", "erase", "log-17"), ((string?)gone["status"], (string?)gone["gone"]!["action"], (string?)gone["gone"]!["evidence"]));
        Assert.Null(Item(await ItemsAsync(await DryRunAsync()), due));
    }

    [Fact]
    [Clause("NI-1", Part = "the scheduled run")]
    public async Task NI_1_the_next_scheduled_run_takes_it_by_itself()
    {
        var due = await LogAsync(daysOld: 29);
        await _netip.AdvanceToAsync(Instant(await _netip.GetAsync($"holdings/{due}", "officer"), "runAt")!.Value, atLeast: TimeSpan.FromDays(1));
        Assert.Equal("erase", (string?)(await InstructionAsync("netflow", due))["action"]);
    }

    [Fact]
    [Clause("NI-7")]
    public async Task NI_7_relevant_mail_moves_to_the_case_system_and_is_then_erased_from_the_mail_store()
    {
        var mail = (string)(await HoldAsync("mail", "mail-message", "service-delivery", attributes: new { relevant = true }))["holdingId"]!;
        var move = await InstructionAsync("mail", mail);
        Assert.Equal(("move", "NI-7"), ((string?)move["action"], (string?)move["rule"]));
        var reference = $"case-{Guid.CreateVersion7():n}";
        var confirmed = await ConfirmAsync(move, new JsonObject { ["evidence"] = "moved-17", ["newSystem"] = "case", ["newReference"] = reference });
        var successor = await _netip.GetAsync($"holdings/{(string?)confirmed["successor"]!["holdingId"]}", "officer");
        Assert.Equal(("case", reference, "LAW-5", "held"), ((string?)successor["system"], (string?)successor["reference"], (string?)successor["rule"], (string?)successor["status"]));
        Assert.Null(successor["dueAt"]);

        var erase = await InstructionAsync("mail", mail);
        Assert.Equal("erase", (string?)erase["action"]);
        await ConfirmAsync(erase);
        Assert.Equal("erased", (string?)(await _netip.GetAsync($"holdings/{mail}", "officer"))["status"]);
        Assert.Equal("held", (string?)(await _netip.GetAsync($"holdings/{(string?)confirmed["successor"]!["holdingId"]}", "officer"))["status"]);
    }

    [Fact]
    [Clause("NI-7")]
    public async Task NI_7_what_is_left_in_the_mail_store_is_purged_on_the_first_of_the_month()
    {
        var mail = (string)(await HoldAsync("mail", "mail-message", "service-delivery"))["holdingId"]!;
        var held = await _netip.GetAsync($"holdings/{mail}", "officer");
        var purge = Instant(held, "dueAt")!.Value;
        var local = TimeZoneInfo.ConvertTime(purge, Stockholm);
        Assert.Equal((1, TimeSpan.Zero), (local.Day, local.TimeOfDay));
        Assert.Empty(await OpenInstructionsAsync("mail", mail));
        await _netip.AdvanceToAsync(purge);
        Assert.Equal(("erase", "NI-7"), ((string?)(await InstructionAsync("mail", mail))["action"], (string?)(await InstructionAsync("mail", mail))["rule"]));
    }

    [Fact]
    [Clause("NI-8")]
    public async Task NI_8_mail_that_needs_no_answer_is_due_at_once()
    {
        var reference = $"m-{Guid.CreateVersion7():n}";
        var mail = (string)(await HoldAsync("mail", "mail-message", "service-delivery", reference: reference))["holdingId"]!;
        var before = await _netip.GetAsync($"holdings/{mail}", "officer");
        var told = await _netip.PostAsync("triggers", new JsonObject { ["trigger"] = "mail-needs-no-answer", ["at"] = (string?)before["recordedAt"], ["reference"] = reference }, HttpStatusCode.OK);
        Assert.Equal(1, (int?)told["affected"]);
        var after = await _netip.GetAsync($"holdings/{mail}", "officer");
        Assert.Equal(("NI-8", Instant(before, "recordedAt")), ((string?)after["rule"], Instant(after, "dueAt")));
        Assert.Equal("NI-8", (string?)Item(await ItemsAsync(await DryRunAsync()), mail)!["rule"]);
    }

    [Fact]
    [Clause("LAW-17", Part = "runs")]
    public async Task LAW_17_what_is_under_a_legal_hold_stays_and_the_run_says_which_and_why()
    {
        var subject = Controller.SomeSubject();
        var log = await LogAsync(daysOld: 30, subject);
        var onPerson = await HoldBackAsync(new JsonObject { ["case"] = "court-17", ["reason"] = "announced court order", ["subject"] = subject.DeepClone() });
        var onHolding = await HoldBackAsync(new JsonObject { ["case"] = "claim-4", ["reason"] = "a claim of ours", ["holdings"] = new JsonArray(log) });
        var plan = await DryRunAsync();
        Assert.True((int)plan["onHold"]! >= 1);
        var item = Item(await ItemsAsync(plan), log)!;
        Assert.Equal("on-hold", (string?)item["state"]);
        Assert.Equal(new[] { ("court-17", "LAW-17", "legal-hold"), ("claim-4", "LAW-17", "legal-hold") }.Order(), item["holds"]!.AsArray().Select(h => ((string)h!["case"]!, (string)h["rule"]!, (string)h["code"]!)).Order());
        Assert.Equal(2, (await _netip.GetAsync($"holdings/{log}", "officer"))["onHold"]!.AsArray().Count);
        await RunAsync(plan);
        Assert.Empty(await OpenInstructionsAsync("netflow", log));

        await ReleaseAsync(onPerson);
        Assert.Equal("on-hold", (string?)Item(await ItemsAsync(await DryRunAsync()), log)!["state"]);
        await ReleaseAsync(onHolding);
        plan = await DryRunAsync();
        Assert.Equal("due", (string?)Item(await ItemsAsync(plan), log)!["state"]);
        await RunAsync(plan);
        await InstructionAsync("netflow", log);
    }

    [Fact]
    [Clause("LAW-17", Part = "instructions under way")]
    public async Task LAW_17_a_hold_placed_later_recalls_what_was_instructed()
    {
        var log = await LogAsync(daysOld: 30);
        await RunAsync(await DryRunAsync());
        var instruction = await InstructionAsync("netflow", log);
        var hold = await HoldBackAsync(new JsonObject { ["case"] = "court-18", ["reason"] = "announced court order", ["holdings"] = new JsonArray(log) });
        Assert.Empty(await OpenInstructionsAsync("netflow", log));
        var failure = await _netip.PostAsync($"instructions/{(string?)instruction["instructionId"]}/failure", new JsonObject { ["reason"] = "busy" }, HttpStatusCode.Conflict);
        Assert.Equal("urn:integritet:problem:conflict", (string?)failure["type"]);
        await ReleaseAsync(hold);
        await Calls.EventuallyAsync(async () => Item(await ItemsAsync(await DryRunAsync()), log), item => (string?)item?["state"] == "due", "the released holding is due again");
    }

    [Fact]
    [Clause("LAW-17", Part = "preservation cases")]
    public async Task LAW_17_a_preservation_case_keeps_what_is_held_about_its_people_until_it_is_closed()
    {
        var registers = new OfficersRegisters(_netip);
        var (email, number) = (Controller.SomeSubject(), Controller.SomeCustomerNumber());
        await _netip.LinkAsync(email, number);
        var (log, instructed, other) = (await LogAsync(daysOld: 30, email), await LogAsync(daysOld: 40, email), await LogAsync(daysOld: 30));
        var reference = await registers.CaseAsync("preservation", number);
        // The case is known to all; that the two identifiers are one person's comes by another way.
        foreach (var held in new[] { log, instructed })
            await Calls.EventuallyAsync(() => _netip.GetAsync($"holdings/{held}", "officer"), holding => holding["onHold"]!.AsArray().Count == 1, "the case covers the holding");

        var plan = await DryRunAsync();
        var items = await ItemsAsync(plan);
        Assert.All(new[] { log, instructed }, one => Assert.Equal(
            (reference, "LAW-17", "legal-hold"), Item(items, one)!["holds"]!.AsArray().Single()! is var hold ? ((string?)hold["case"], (string?)hold["rule"], (string?)hold["code"]) : default));
        Assert.Equal("due", (string?)Item(items, other)!["state"]);
        Assert.Equal(reference, (string?)(await _netip.GetAsync($"holdings/{log}", "officer"))["onHold"]!.AsArray().Single()!["reference"]);
        await RunAsync(plan);
        Assert.Empty(await OpenInstructionsAsync("netflow", log));
        await InstructionAsync("netflow", other);

        await registers.CloseAsync(reference);
        Assert.Equal("due", (string?)Item(await ItemsAsync(await DryRunAsync()), log)!["state"]);
    }

    [Fact]
    [Clause("LAW-17", Part = "preservation cases")]
    public async Task LAW_17_a_preservation_case_opened_later_recalls_what_was_instructed()
    {
        var registers = new OfficersRegisters(_netip);
        var subject = Controller.SomeSubject();
        var log = await LogAsync(daysOld: 30, subject);
        await RunAsync(await DryRunAsync());
        await InstructionAsync("netflow", log);

        var reference = await registers.CaseAsync("preservation", subject);
        await Calls.EventuallyAsync(async () => await OpenInstructionsAsync("netflow", log), open => open.Count == 0, "the instruction is recalled");
        await registers.CloseAsync(reference);
        await Calls.EventuallyAsync(async () => Item(await ItemsAsync(await DryRunAsync()), log), item => (string?)item?["state"] == "due", "what the case held is due again");
    }

    [Fact]
    [Clause("LAW-6c", Part = "runs")]
    public async Task LAW_6c_no_run_goes_below_a_duty_to_keep_and_the_holding_cites_it()
    {
        var subject = Controller.SomeSubject();
        var record = await _netip.PostAsync(
            "holdings",
            new JsonObject
            {
                ["subject"] = subject, ["system"] = "billing", ["categories"] = new JsonArray("name", "transaction-record"), ["purposes"] = new JsonArray("contract-performance"),
                ["reference"] = $"t-{Guid.CreateVersion7():n}", ["recordedAt"] = (await _netip.NowAsync()).AddDays(-400),
            },
            HttpStatusCode.Created);
        var id = (string)record["holdingId"]!;
        await _netip.PostAsync("triggers", new JsonObject { ["trigger"] = "purpose-ended", ["at"] = (await _netip.NowAsync()).AddMinutes(-1), ["subject"] = subject.DeepClone(), ["purpose"] = "contract-performance" }, HttpStatusCode.OK);
        var held = await _netip.GetAsync($"holdings/{id}", "officer");
        Assert.Equal("LAW-6c", (string?)held["rule"]);
        Assert.Contains("1999:1078", (string?)held["minimum"]!["reference"], StringComparison.Ordinal);
        Assert.Null(Item(await ItemsAsync(await DryRunAsync()), id));
        Assert.Null(Item(await ItemsAsync(await DryRunAsync(Instant(held, "dueAt")!.Value.AddSeconds(-1))), id));
        Assert.Equal("LAW-6c", (string?)Item(await ItemsAsync(await DryRunAsync(Instant(held, "dueAt")!.Value)), id)!["rule"]);
    }

    [Fact]
    [Clause("LAW-30")]
    public async Task LAW_30_the_record_of_processing_is_what_the_policy_says_and_what_is_really_held()
    {
        var before = await _netip.GetAsync("processing-record", "auditor");
        await LogAsync(daysOld: 1);
        var after = await _netip.GetAsync("processing-record", "officer");
        Assert.Equal(1, Held(after, "under-1-month") - Held(before, "under-1-month"));
        var kept = Category(after)["kept"]!.AsArray();
        Assert.Contains(kept, rule => ((string?)rule!["rule"], (string?)rule["until"]) == ("NI-1", "P28D"));
        Assert.Contains(after["purposes"]!.AsArray(), purpose => (string?)purpose!["purpose"] == "network-operation" && purpose["basis"] is not null && (long)purpose["held"]! >= 1);
        Assert.Contains(after["systems"]!.AsArray(), system => (string?)system!["system"] == "netflow" && !(bool)system["encrypted"]!);
        Assert.Contains(after["recipients"]!.AsArray(), recipient => (string?)recipient!["rule"] == "NI-4" && recipient["kinds"]!.AsArray().Any(kind => (string?)kind == "carrier"));
        Assert.Equal(1, (long)after["totals"]!["holdings"]! - (long)before["totals"]!["holdings"]!);
        Assert.Equal(("SE", "privacy@netip.example"), ((string?)after["controller"]!["country"], (string?)after["controller"]!["contact"]));

        static JsonNode Category(JsonNode record) => record["categories"]!.AsArray().Single(category => (string?)category!["category"] == "network-log")!;
        static long Held(JsonNode record, string age) => Category(record)["held"]!.AsArray().Where(figure => (string?)figure!["age"] == age).Sum(figure => (long)figure!["holdings"]!);
    }

    [Fact]
    [Clause("LAW-5", Part = "plans are run as they were approved")]
    public async Task LAW_5_a_plan_that_facts_have_overtaken_is_not_run()
    {
        await LogAsync(daysOld: 30);
        var plan = await DryRunAsync();
        Assert.Equal((string?)plan["planHash"], (string?)(await DryRunAsync(Instant(plan, "asOf")!.Value))["planHash"]);
        await LogAsync(daysOld: 31);
        var problem = await _netip.PostAsync("retention/runs", new JsonObject { ["dryRun"] = false, ["planHash"] = (string?)plan["planHash"] }, HttpStatusCode.Conflict, "officer");
        Assert.Equal(("/planHash", "stale-plan"), ((string?)problem["errors"]![0]!["pointer"], (string?)problem["errors"]![0]!["code"]));
        var ahead = await DryRunAsync((await _netip.NowAsync()).AddDays(40));
        await _netip.PostAsync("retention/runs", new JsonObject { ["dryRun"] = false, ["planHash"] = (string?)ahead["planHash"] }, HttpStatusCode.Conflict, "officer");
    }

    [Fact]
    [Clause("LAW-5", Part = "a system answers for itself alone")]
    public async Task LAW_5_a_system_sees_and_answers_its_own_instructions_only_and_as_often_as_it_likes()
    {
        var log = await LogAsync(daysOld: 30);
        await RunAsync(await DryRunAsync());
        var instruction = await InstructionAsync("netflow", log);
        var path = $"instructions/{(string?)instruction["instructionId"]}";
        var evidence = new JsonObject { ["evidence"] = "log-17" };
        await _netip.PostAsync($"{path}/confirmation", evidence, HttpStatusCode.NotFound, "system2");
        await _netip.PostAsync($"{path}/failure", new JsonObject { ["reason"] = "busy" }, HttpStatusCode.NotFound, "system2");
        await _netip.PostAsync($"{path}/confirmation", new JsonObject { ["evidence"] = "log-17", ["newReference"] = "x" }, HttpStatusCode.UnprocessableEntity);
        Assert.Equal("failed", (string?)(await _netip.PostAsync($"{path}/failure", new JsonObject { ["reason"] = "busy" }, HttpStatusCode.OK))["status"]);
        var first = await _netip.PostAsync($"{path}/confirmation", evidence.DeepClone(), HttpStatusCode.OK);
        Assert.Equal(first.ToJsonString(), (await _netip.PostAsync($"{path}/confirmation", evidence.DeepClone(), HttpStatusCode.OK)).ToJsonString());
        await _netip.PostAsync($"{path}/failure", new JsonObject { ["reason"] = "busy" }, HttpStatusCode.Conflict);
    }

    private async Task<string> LogAsync(int daysOld, JsonObject? subject = null) =>
        (string)(await HoldAsync("netflow", "network-log", "network-operation", subject, (await _netip.NowAsync()).AddDays(-daysOld)))["holdingId"]!;

    private Task<JsonNode> HoldAsync(string system, string category, string purpose, JsonObject? subject = null, DateTimeOffset? recordedAt = null, object? attributes = null, string? reference = null)
    {
        var body = new JsonObject
        {
            ["subject"] = (subject ?? Controller.SomeSubject()).DeepClone(), ["system"] = system, ["categories"] = new JsonArray(category), ["purposes"] = new JsonArray(purpose),
            ["reference"] = reference ?? $"r-{Guid.CreateVersion7():n}",
        };
        if (recordedAt is not null)
            body["recordedAt"] = recordedAt;
        if (attributes is not null)
            body["attributes"] = System.Text.Json.JsonSerializer.SerializeToNode(attributes);
        return _netip.PostAsync("holdings", body, HttpStatusCode.Created);
    }

    private Task<JsonNode> DryRunAsync(DateTimeOffset? asOf = null) =>
        _netip.PostAsync("retention/runs", asOf is null ? new JsonObject { ["dryRun"] = true } : new JsonObject { ["dryRun"] = true, ["asOf"] = asOf }, HttpStatusCode.Created, "officer");

    /// <summary>Runs a plan and waits until it is through.</summary>
    private async Task<JsonNode> RunAsync(JsonNode plan)
    {
        var run = await _netip.PostAsync("retention/runs", new JsonObject { ["dryRun"] = false, ["planHash"] = (string?)plan["planHash"] }, HttpStatusCode.Created, "officer");
        return await Calls.EventuallyAsync(() => _netip.GetAsync($"retention/runs/{(string?)run["runId"]}", "auditor"), state => (string?)state["status"] == "completed", "the run is through");
    }

    private async Task<List<JsonNode>> ItemsAsync(JsonNode run)
    {
        var items = new List<JsonNode>();
        for (var next = "0"; next is not null;)
        {
            var page = await _netip.GetAsync($"retention/runs/{(string?)run["runId"]}/items?limit=500&after={next}", "auditor");
            items.AddRange(page["items"]!.AsArray().Select(item => item!));
            next = (string?)page["next"];
        }

        Assert.Equal((int)run["due"]! + (int)run["onHold"]!, items.Count);
        return items;
    }

    private static JsonNode? Item(List<JsonNode> items, string holding) => items.SingleOrDefault(item => (string?)item["holdingId"] == holding);

    private Task<JsonNode> InstructionAsync(string system, string holding) => Calls.EventuallyAsync(
        async () => (await OpenInstructionsAsync(system, holding)).SingleOrDefault()!, instruction => instruction is not null, $"an instruction on holding {holding}");

    private async Task<List<JsonNode>> OpenInstructionsAsync(string system, string holding)
    {
        var found = new List<JsonNode>();
        for (var after = ""; after is not null;)
        {
            var page = await _netip.GetAsync($"instructions?system={system}&status=open&limit=1000{after}", "system");
            found.AddRange(page["items"]!.AsArray().Select(item => item!).Where(item => (string?)item["holdingId"] == holding));
            after = (string?)page["next"] is { } next ? $"&after={next}" : null;
        }

        return found;
    }

    private Task<JsonNode> ConfirmAsync(JsonNode instruction, JsonObject? confirmation = null) =>
        _netip.PostAsync($"instructions/{(string?)instruction["instructionId"]}/confirmation", confirmation ?? new JsonObject { ["evidence"] = "log-17" }, HttpStatusCode.OK);

    private async Task<string> HoldBackAsync(JsonObject hold) => (string)(await _netip.PostAsync("retention/legal-holds", hold, HttpStatusCode.Created, "officer"))["holdId"]!;

    private async Task ReleaseAsync(string hold) =>
        Assert.Equal("released", (string?)(await _netip.PostAsync($"retention/legal-holds/{hold}/release", new JsonObject { ["reason"] = "no order came" }, HttpStatusCode.OK, "officer"))["status"]);

    /// <summary>When the schedules of netip's policy last fell due: daily at three, and on the first of the month.</summary>
    private static IEnumerable<DateTimeOffset> LatestOccurrences(DateTimeOffset now)
    {
        var local = TimeZoneInfo.ConvertTime(now, Stockholm);
        var daily = local.Hour >= 3 ? local.Date.AddHours(3) : local.Date.AddDays(-1).AddHours(3);
        foreach (var occurrence in new[] { daily, new DateTime(local.Year, local.Month, 1, 0, 0, 0, DateTimeKind.Unspecified) })
            yield return new DateTimeOffset(occurrence, Stockholm.GetUtcOffset(occurrence));
    }

    private static DateTimeOffset? Instant(JsonNode node, string member) =>
        (string?)node[member] is { } text ? DateTimeOffset.Parse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal) : null;
}

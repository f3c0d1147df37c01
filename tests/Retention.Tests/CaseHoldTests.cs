using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Retention.Holdings;
using Integritet.Retention.Instructions;
using Integritet.Retention.Integration;
using Integritet.Retention.LegalHolds;
using Integritet.Retention.Plans;
using Integritet.Retention.Runs;
using Integritet.Retention.Subjects;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Retention.Tests;

/// <summary>A preservation case at Disclosure is a legal hold here while it is open.</summary>
public sealed class CaseHoldTests(RunStore store, Installation installation)
{
    private readonly TestController _controller = new(store);
    private readonly Guid _case = Guid.CreateVersion7();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_preservation_case_keeps_what_is_held_about_its_people_and_the_run_names_it()
    {
        await _controller.HoldAsync(2, subject: "ps_bo");
        await _controller.HoldAsync(1, subject: "ps_eve");
        await OpenAsync(limited: true);
        await CoverAsync("ps_bo");

        var runId = Guid.CreateVersion7();
        Assert.Equal((1, 2), await CountsAsync(runId));
        var page = await store.Get<RunPages>().FindAsync(_controller.Id, runId, RunPages.OnHold, 0, Cancel);
        Assert.All(JsonDocument.Parse(page!).RootElement.EnumerateArray(), item =>
        {
            var hold = Assert.Single(item.GetProperty("holds").EnumerateArray());
            Assert.Equal((_case, "order-2026-17", "LAW-17"), (hold.GetProperty("holdId").GetGuid(), hold.GetProperty("case").GetString(), hold.GetProperty("rule").GetString()));
        });
        await CloseAsync(limited: true);
        Assert.Equal((3, 0), await CountsAsync());
    }

    [Fact]
    public async Task A_case_that_covers_everybody_keeps_everything_until_it_is_said_whom_it_covers()
    {
        var (bo, eve) = (Assert.Single(await _controller.HoldAsync(1, subject: "ps_bo")), Assert.Single(await _controller.HoldAsync(1, subject: "ps_eve")));
        await _controller.PlaceHoldAsync(Guid.CreateVersion7(), holdings: [eve]);
        await OpenAsync();

        var runId = Guid.CreateVersion7();
        Assert.Equal((0, 2), await CountsAsync(runId));
        var items = JsonDocument.Parse((await store.Get<RunPages>().FindAsync(_controller.Id, runId, RunPages.OnHold, 0, Cancel))!).RootElement.EnumerateArray();
        Assert.Equal(new[] { (bo, 1), (eve, 2) }.Order(), items.Select(i => (i.GetProperty("holdingId").GetGuid(), i.GetProperty("holds").GetArrayLength())));
        await CoverAsync("ps_eve");
        Assert.Equal((1, 1), await CountsAsync());
    }

    [Fact]
    public async Task What_was_told_of_a_case_in_any_order_holds_the_same()
    {
        await _controller.HoldAsync(1, subject: "ps_bo");
        await CoverAsync("ps_bo");
        Assert.Equal((1, 0), await CountsAsync());
        await OpenAsync(limited: true);
        Assert.Equal((0, 1), await CountsAsync());

        // A closure that overtook its opening: the opening comes no more.
        var other = new TestController(store);
        await other.HoldAsync(1, subject: "ps_bo");
        await other.AppendAsync("received-case", Told(open: false));
        await other.AppendAsync("received-case-subjects", new CaseSubjectsTold("case-1", 2, _case, ["ps_bo"]));
        Assert.Equal((1, 0), await other.PlanAsync() is var plan ? (plan.Due, plan.OnHold) : default);
    }

    [Fact]
    public async Task A_case_of_another_kind_holds_nothing()
    {
        await _controller.HoldAsync(1);
        await _controller.AppendAsync("received-case", Told(open: true) with { Kind = "abuse-investigation" });

        Assert.Equal((1, 0), await CountsAsync());
    }

    [Fact]
    public async Task What_was_instructed_before_the_case_is_recalled_and_after_its_closure_instructed_again_by_the_same_id()
    {
        var confirmed = (await _controller.HoldAsync(3, subject: "ps_bo"))[0];
        await _controller.HoldAsync(1, subject: "ps_eve");
        await RunAsync();
        await _controller.ConfirmAsync((await _controller.InstructionsAsync()).Single(i => i.Issued.HoldingId == confirmed).Issued);
        await OpenAsync(limited: true);
        await CoverAsync("ps_bo");

        await RecallAsync();
        await RecallAsync();
        Assert.Equal(["confirmed", "issued", "recalled", "recalled"], (await _controller.InstructionsAsync()).Select(i => i.Status).Order(StringComparer.Ordinal));
        var recalled = Assert.Single(await store.Get<IEventStore>().ReadStreamAsync(_controller.Id, $"recalls-{_case}", cancellationToken: Cancel));
        Assert.Equal(["ps_bo"], recalled.Metadata.Subjects);
        await _controller.PlanAnewAsync();
        await RunAsync();
        Assert.Equal(2, (await _controller.InstructionsAsync()).Count(i => i.Status == "recalled"));

        await CloseAsync(limited: true);
        await RunAsync();
        Assert.Equal(4, (await _controller.InstructionsAsync()).Count);
        Assert.DoesNotContain(await _controller.InstructionsAsync(), i => i.Status == "recalled");
    }

    [Fact]
    public async Task Taking_in_a_case_recalls_at_once_and_a_repeat_recalls_what_a_kill_in_between_left()
    {
        await _controller.HoldAsync(1, subject: "ps_bo");
        await RunAsync();
        var holds = new CaseHolds(store.Get<Turns>(), store.Get<RecallHeld>());

        await holds.TakeInAsync(_controller.Id, Told(open: true) with { Kind = "business-transfer" }, () => OpenAsync(limited: true), Cancel);
        await Assert.ThrowsAsync<KilledException>(() => holds.TakeInAsync(_controller.Id, new CaseSubjectsTold("case-1", 2, _case, ["ps_bo"]), KilledAsync, Cancel));
        Assert.Equal("issued", Assert.Single(await _controller.InstructionsAsync()).Status);

        await holds.TakeInAsync(_controller.Id, new CaseSubjectsTold("case-1", 2, _case, ["ps_bo"]), () => Task.CompletedTask, Cancel);
        Assert.Equal("recalled", Assert.Single(await _controller.InstructionsAsync()).Status);

        async Task KilledAsync()
        {
            await CoverAsync("ps_bo");
            throw new KilledException();
        }
    }

    [Fact]
    public async Task A_rebuilt_register_remembers_what_was_recalled()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, subject: "ps_bo"));
        await RunAsync();
        await OpenAsync();
        await RecallAsync();
        Assert.Equal("held", await _controller.StatusOfAsync(holding));

        foreach (var name in new[] { "instructions", "holdings", "preservation-cases", "case-subjects" })
            await store.Get<Platform.EventStore.Projections.InlineProjections>().RebuildAsync(name, Cancel);

        Assert.Equal(("held", "recalled"), (await _controller.StatusOfAsync(holding), Assert.Single(await _controller.InstructionsAsync()).Status));
        await _controller.PlanAnewAsync();
        Assert.Equal((0, 1), await CountsAsync());
    }

    [Fact]
    public async Task A_case_reaches_what_is_instructed_under_a_name_that_turns_out_to_be_the_persons_too()
    {
        await _controller.HoldAsync(1, subject: "ps_customer_number");
        await RunAsync();
        await OpenAsync(limited: true);
        await CoverAsync("ps_email");
        await RecallAsync();
        Assert.Equal("issued", Assert.Single(await _controller.InstructionsAsync()).Status);

        await _controller.AppendAsync("received-link", new SubjectLinkReceived(1, Guid.CreateVersion7(), ["ps_email", "ps_customer_number"], Linked: true));
        Assert.True(await store.Get<RecallHeld>().AnyStandsAsync(_controller.Id, Cancel));
        await RecallAsync();
        Assert.Equal("recalled", Assert.Single(await _controller.InstructionsAsync()).Status);
    }

    [Fact]
    public async Task A_holding_shows_the_case_as_of_any_time()
    {
        var holding = Assert.Single(await _controller.HoldAsync(1, subject: "ps_bo"));
        var rows = await HoldingRow.ReadAsync(store.Database, HoldingRow.ByIds(_controller.Id, [holding]), Cancel);
        var before = await HeadAsync();
        await OpenAsync();
        var during = await HeadAsync();
        await CloseAsync();

        Assert.Empty(await HoldsAsync(before));
        var hold = Assert.Single(await HoldsAsync(during));
        Assert.Equal(("LAW-17", "legal-hold", "order-2026-17", _case), (hold.Rule, hold.Code, hold.Reference, hold.HoldId));
        Assert.Empty(await HoldsAsync(long.MaxValue));

        Task<long> HeadAsync() => store.Get<IEventStore>().HeadAsync(Cancel);
        async Task<IEnumerable<StandingHold>> HoldsAsync(long upTo) => (await store.Get<FactReader>().HoldsOnAsync(_controller.Id, rows, upTo, store.Clock.Now, Cancel))[holding];
    }

    [Fact]
    public async Task Nothing_is_instructed_while_nobody_knows_what_Disclosure_would_forbid()
    {
        await _controller.HoldAsync(1);
        await _controller.HoldAsync(1, act: Platform.PolicyEngine.RetentionAct.MoveThenErase, atOnce: true);
        var (runId, _) = await _controller.StartRunAsync();
        var silent = new KnownCases(new ConfigurationBuilder().AddInMemoryCollection([new("Services:disclosure", "http://127.0.0.1:1")]).Build(), new SourceFreshness());

        await ActivatorUtilities.CreateInstance<ExecuteRuns>(store.Get<IServiceProvider>(), silent).ContinueAsync(_controller.Id, runId, Cancel);
        await ActivatorUtilities.CreateInstance<AtOnce>(store.Get<IServiceProvider>(), silent).IssueAsync(_controller.Id, Cancel);
        Assert.Empty(await _controller.InstructionsAsync());

        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
        await store.Get<AtOnce>().IssueAsync(_controller.Id, Cancel);
        Assert.Equal(2, (await _controller.InstructionsAsync()).Count);
    }

    [Fact]
    public async Task A_case_told_by_message_in_any_order_and_twice_is_a_hold_that_ends_when_the_case_is_closed()
    {
        var netip = await Case.OfAsync(installation, "netip");
        var email = Case.SomeEmail();
        var registered = await netip.RegisterAsync(Case.Holding(email, "crm", "name", "delivery"));
        var reference = Case.Some("order");
        var covers = new CaseSubjectsAdded("netip", "disclosure", $"case-{_case}", 2, 2, _case, [installation.PseudonymOf("email", email, "netip")]);
        var opened = new CaseChanged("netip", "disclosure", $"case-{_case}", 1, 1, _case, reference, "preservation", Open: true, Limited: true);

        await installation.TellAsync(covers);
        await installation.TellAsync(opened);
        await installation.TellAsync(opened);
        await installation.TellAsync(covers);
        await Until.TrueAsync(async () => (await HoldsAsync()).Count == 1);
        Assert.Equal(("LAW-17", reference), ((string?)(await HoldsAsync())[0]!["rule"], (string?)(await HoldsAsync())[0]!["reference"]));
        var shown = (await netip.GetAsync($"retention/legal-holds/{_case}")).Ok();
        Assert.Equal(("in-force", reference, 1), ((string?)shown["status"], (string?)shown["case"], (int?)shown["caseCovers"]!["subjects"]));
        Assert.Contains((await netip.GetAsync("retention/legal-holds?limit=100")).Ok()["items"]!.AsArray(), hold => (string?)hold!["holdId"] == _case.ToString());
        (await netip.PostAsync($"retention/legal-holds/{_case}/release", new JsonObject { ["reason"] = "over" }, "officer")).Problem(409);

        await installation.TellAsync(opened with { SourceVersion = 3, SourcePosition = 3, Open = false });
        await installation.TellAsync(opened);
        await Until.TrueAsync(async () => (await HoldsAsync()).Count == 0);
        Assert.Equal("released", (string?)(await netip.GetAsync($"retention/legal-holds/{_case}")).Ok()["status"]);
        (await netip.PostAsync($"retention/legal-holds/{_case}/release", new JsonObject { ["reason"] = "over" }, "officer")).Problem(404);
        (await (await installation.ServiceAsync()).GetAsync($"/v1/almena/retention/legal-holds/{_case}", installation.Token("officer"))).Problem(404);

        async Task<JsonArray> HoldsAsync() => (await netip.ShowAsync(registered))["onHold"]!.AsArray();
    }

    [Fact]
    public void Disclosure_is_told_what_is_applied_and_systems_what_is_recalled()
    {
        var recorded = new RecordedEvent(17, Guid.CreateVersion7(), "netip", "received-case-x", 3, "x.v1", ReadOnlyMemory<byte>.Empty, store.Clock.Now, new EventMetadata("c", "c", "retention"));
        Assert.Equal([new FactApplied("netip", "retention", "received-case-x", 3, 17, "disclosure", "case-1", 1, store.Clock.Now)], IntegrationEvents.Map(recorded, Told(open: true)));

        var item = new RecalledInstruction(Guid.CreateVersion7(), Guid.CreateVersion7(), InstructionAction.Erase, "mail", "m-1");
        var told = Assert.IsType<SystemRecalled>(Assert.Single(IntegrationEvents.Map(recorded, new InstructionsRecalled(_case, [item], store.Clock.Now))));
        Assert.Equal(("mail", _case, item.InstructionId), (told.System, told.HoldId, Assert.Single(told.InstructionIds)));
    }

    [Theory]
    [InlineData("case-opened.v1", true)]
    [InlineData("case-closed.v1", false)]
    public void Disclosures_own_log_says_the_same_of_a_case_as_its_messages(string type, bool open)
    {
        var read = Assert.IsType<CaseChanged>(Read(type));
        Assert.Equal(("netip", 3L, 7L, open), (read.Controller, read.SourceVersion, read.SourcePosition, read.Open));
        Assert.Single(Assert.IsType<CaseSubjectsAdded>(Read("case-subjects-added.v1")).Pseudonyms);
        Assert.Null(Read("recipient-registered.v1"));
        Assert.Throws<InvalidOperationException>(() => DisclosureLog.MessageOf(Logged("case-closed.v2", "{}")));
    }

    private static IStateMessage? Read(string type) => DisclosureLog.MessageOf(Logged(type, File.ReadAllText(Path.Combine(Repository.Root, "tests", "Architecture.Tests", "Golden", type + ".json"))));

    private static FeedEvent Logged(string type, string data) => new(
        "disclosure", 7, 6, Guid.CreateVersion7(), "netip", "s", 3, type, default, "key", "conversation", "cause", [], default, System.Text.Encoding.UTF8.GetBytes(data));

    private Task OpenAsync(bool limited = false) => _controller.AppendAsync("received-case", Told(open: true, limited));

    private Task CloseAsync(bool limited = false) => _controller.AppendAsync("received-case", Told(open: false, limited) with { SourceVersion = 3 });

    private Task CoverAsync(string subject) => _controller.AppendAsync("received-case-subjects", new CaseSubjectsTold("case-1", 2, _case, [subject]));

    private CaseTold Told(bool open, bool limited = false) => new("case-1", 1, _case, "order-2026-17", CaseTold.Preservation, open, limited);

    private Task RecallAsync() => store.Get<RecallHeld>().RecallAsync(_controller.Id, Cancel);

    private async Task RunAsync()
    {
        var (runId, _) = await _controller.StartRunAsync();
        await store.Get<ExecuteRuns>().ContinueAsync(_controller.Id, runId, Cancel);
    }

    private async Task<(long Due, long OnHold)> CountsAsync(Guid? runId = null) => await _controller.PlanAsync(runId) is var plan ? (plan.Due, plan.OnHold) : default;
}

using Integritet.Consent.Decisions;
using Integritet.Consent.Simulations;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class SimulationTests
{
    private const string NeedsConsent = "      when: [country: consent-needed]\n      needs: [consent]";
    private static readonly Guid Request = Guid.Parse("0197aaaa-0000-7000-8000-00000000000f");

    [Fact]
    public void The_policy_of_the_day_changes_nothing()
    {
        var simulation = Try(Document("almena"), Marketing(ConsentState.Given), Marketing(ConsentState.Withdrawn), Marketing(null), Support());
        Assert.Equal((4L, 4L, 0L, 0L), Counts(simulation));
    }

    [Fact]
    public void A_draft_without_the_need_for_consent_flips_what_was_refused_for_lack_of_it()
    {
        var simulation = Try(Document("almena").Replace(NeedsConsent, "      when: [country: consent-needed]", StringComparison.Ordinal), Marketing(ConsentState.Given), Marketing(ConsentState.Withdrawn), Support());
        Assert.Equal((3L, 2L, 0L, 1L), Counts(simulation));
        var flip = Assert.Single(simulation.Flips);
        Assert.Equal((DecisionOutcome.Refuse, DecisionOutcome.Permit), (flip.Was, flip.Becomes));
        Assert.Equal(["AL-3"], flip.Rules);
    }

    [Fact]
    public void A_draft_that_refuses_more_flips_what_was_permitted()
    {
        var simulation = Try(Document("almena").Replace("improvement, support, search", "improvement, search", StringComparison.Ordinal), Support(), Marketing(null));
        Assert.Equal((2L, 1L, 0L, 1L), Counts(simulation));
        Assert.Equal(DecisionOutcome.Refuse, Assert.Single(simulation.Flips).Becomes);
    }

    [Fact]
    public void A_draft_that_asks_for_facts_nobody_looked_up_then_cannot_be_tried()
    {
        var draft = Document("almena").Replace(
            "      purposes: [service-provision, content, improvement, support, search,", "      needs: [agreed-contact]\n      purposes: [service-provision, content, improvement, support, search,", StringComparison.Ordinal);
        var simulation = Try(draft, Support(), Marketing(ConsentState.Given));
        Assert.Equal((2L, 1L, 1L, 0L), Counts(simulation));
        Assert.Equal(new NotReplayed("facts-not-recorded", "contacts", 1), Assert.Single(simulation.NotReplayed));
    }

    [Fact]
    public void A_consent_to_another_purpose_was_not_looked_up_either()
    {
        var simulation = Try(Document("almena").Replace(NeedsConsent, NeedsConsent.Replace("[consent]", "[consent: targeting]", StringComparison.Ordinal), StringComparison.Ordinal), Marketing(ConsentState.Given));
        Assert.Equal(("facts-not-recorded", "consent to targeting"), (simulation.NotReplayed[0].Code, simulation.NotReplayed[0].Detail));
    }

    [Fact]
    public void A_draft_that_does_not_know_a_name_cannot_be_tried_and_says_which()
    {
        var simulation = Try(Document("netip"), Marketing(ConsentState.Given));
        Assert.Equal((1L, 0L, 1L, 0L), Counts(simulation));
        Assert.Equal("unknown-name", simulation.NotReplayed[0].Code);
        Assert.StartsWith("/purpose: unknown purpose 'own-marketing'", simulation.NotReplayed[0].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Advice_is_not_this_services_to_try()
    {
        var simulation = Simulate(Document("almena"));
        simulation.Take(PastDecision.Of(Marketing(ConsentState.Given) with { Advisory = true }), Request, 1);
        Assert.Equal((0L, 0L, 0L, 0L), Counts(simulation));
    }

    [Fact]
    public void Flips_beyond_the_limit_are_counted_and_not_listed()
    {
        var simulation = Simulate(Document("almena").Replace(NeedsConsent, "      when: [country: consent-needed]", StringComparison.Ordinal));
        var past = PastDecision.Of(Marketing(null));
        for (var i = 0; i < Simulation.MaxFlips + 5; i++)
            simulation.Take(past, Guid.CreateVersion7(), 1);
        Assert.Equal((Simulation.MaxFlips + 5, Simulation.MaxFlips), (simulation.Flipped, simulation.Flips.Count));
    }

    [Fact]
    public void Flips_bear_the_names_that_the_callers_were_told()
    {
        var simulation = Simulate(Document("almena").Replace(NeedsConsent, "      when: [country: consent-needed]", StringComparison.Ordinal));
        var past = PastDecision.Of(Marketing(null));
        var single = Guid.CreateVersion7();
        simulation.Take(past, single, 1);
        simulation.Take(past, Request, 1);
        simulation.Take(past, Request, 2);
        Assert.Equal([$"{single}", $"{Request}.1", $"{Request}.2"], simulation.Flips.Select(f => f.DecisionId));
    }

    [Fact]
    public void What_it_reads_of_a_stored_decision_is_what_was_decided()
    {
        var made = Marketing(ConsentState.Withdrawn);
        var read = PastDecision.Read(EventJson.Serialize(made));
        Assert.Equal(EventJson.Serialize(PastDecision.Of(made)), EventJson.Serialize(read));
    }

    private static Simulation Simulate(string draft) => new(Version("any", draft).Compiled, version => version == 1 ? Policy("almena") : null);

    private static Simulation Try(string draft, params DecisionMade[] decisions)
    {
        var simulation = Simulate(draft);
        foreach (var made in decisions)
            simulation.Take(PastDecision.Of(made), Guid.CreateVersion7(), 1);
        return simulation;
    }

    private static (long, long, long, long) Counts(Simulation simulation) => (simulation.Decided, simulation.Unchanged, simulation.NotReplayable, simulation.Flipped);

    private static DecisionMade Support() => Decide("support");

    private static DecisionMade Marketing(ConsentState? consent) =>
        consent is { } state ? Decide("own-marketing", new DecisionFact("consent", Request) { Purpose = "own-marketing", State = state.ToString().ToLowerInvariant(), Since = Now.AddDays(-1) }) : Decide("own-marketing");

    private static DecisionMade Decide(string purpose, params DecisionFact[] facts)
    {
        var question = new RecordedQuestion(Operation.Use) { Purpose = purpose, Categories = ["email"], Subject = Anna, Context = new Circumstances { Country = "SE" } };
        Assert.True(Policy("almena").Compiled.TryResolve(question.ToAsked(), out var resolved, out _));
        return Deciding.Decide(question, resolved, facts, Policy("almena"), knownUpTo: 41, Now);
    }
}

/// <summary>Over HTTP and the real log.</summary>
public sealed class SimulatePolicyTests(Installation installation)
{
    private const string NeedsConsent = "      when: [country: consent-needed]\n      needs: [consent]";

    [Fact]
    public async Task A_draft_is_tried_on_the_decisions_of_the_range_and_of_the_controller_alone()
    {
        var anna = await Customer.OfAsync(installation);
        var elsewhere = await Customer.OfAsync(installation, "netip");
        await anna.MayAsync();
        var from = DateTimeOffset.Parse((string)(await anna.GiveAsync("own-marketing"))["givenAt"]!, null);
        await anna.MayAsync();
        await anna.MayAsync("targeting");
        await elsewhere.MayAsync("mass-mailing");
        var to = DateTimeOffset.Parse((string)(await anna.WithdrawAsync(await anna.GiveAsync("targeting")))["withdrawnAt"]!, null);
        await anna.MayAsync("targeting");

        var found = await SimulateAsync(Document("almena").Replace(NeedsConsent, "      when: [country: consent-needed]", StringComparison.Ordinal), from, to);

        Assert.Equal((2, 1, 0, 1), ((int)found["decided"]!, (int)found["unchanged"]!, (int)found["notReplayable"]!, (int)found["flipped"]!));
        Assert.Equal(("refuse", "permit"), ((string)found["flips"]![0]!["was"]!, (string)found["flips"]![0]!["becomes"]!));
        Assert.False((bool)found["truncated"]!);
        Assert.Null(found["reached"]);
        Assert.Equal(2, (int)(await SimulateAsync(Document("almena"), from, to))["unchanged"]!);
    }

    [Fact]
    public async Task A_document_that_is_not_what_its_hash_says_is_not_tried()
    {
        var service = await installation.ServiceAsync();
        var path = $"/internal/simulations?controller=almena&hash=other&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z";
        Assert.Equal(System.Net.HttpStatusCode.UnprocessableEntity, (await service.PostAsync(path, installation.Token("service"), new StringContent(Document("almena")))).Status);
    }

    [Fact]
    public async Task Nobody_but_a_service_may_ask() =>
        Assert.Equal(System.Net.HttpStatusCode.Forbidden, (await (await installation.ServiceAsync()).PostAsync("/internal/simulations?controller=almena&hash=x&from=2026-01-01T00:00:00Z&to=2026-02-01T00:00:00Z", installation.Token("officer"), new StringContent("x"))).Status);

    private async Task<System.Text.Json.Nodes.JsonNode> SimulateAsync(string draft, DateTimeOffset from, DateTimeOffset to)
    {
        var service = await installation.ServiceAsync();
        var path = $"/internal/simulations?controller=almena&hash={Version("almena", draft).Hash}&from={from.UtcDateTime:O}&to={to.UtcDateTime:O}";
        return (await service.PostAsync(path, installation.Token("service"), new StringContent(draft))).Ok();
    }
}

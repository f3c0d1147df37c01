using System.Text.Json;
using Integritet.Consent.Decisions;
using Integritet.Platform.EventStore;
using Integritet.Platform.PolicyEngine;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class DecidingTests
{
    private static readonly Guid Statement = Guid.Parse("0197aaaa-0000-7000-8000-00000000000e");

    [Fact]
    public void Marketing_is_permitted_with_consent()
    {
        var made = Marketing(Fact(ConsentState.Given));
        Assert.Equal(DecisionOutcome.Permit, made.Outcome);
        Assert.Contains("AL-3", made.Rules);
        Assert.Empty(made.Reasons);
        Assert.Equal(["email"], made.PermittedCategories);
        Assert.False(made.Advisory);
    }

    [Theory]
    [InlineData(ConsentState.Withdrawn, "consent-withdrawn")]
    [InlineData(ConsentState.Expired, "consent-expired")]
    [InlineData(ConsentState.Refused, "consent-missing")]
    public void Marketing_is_refused_when_the_newest_statement_is_no_consent(ConsentState state, string code)
    {
        var made = Marketing(Fact(state));
        Assert.Equal(DecisionOutcome.Refuse, made.Outcome);
        Assert.Contains(made.Reasons, r => r.Rule == "AL-3" && r.Code == code);
    }

    [Fact]
    public void Marketing_is_refused_where_nothing_was_said() => Assert.Contains(Marketing().Reasons, r => r.Code == "consent-missing");

    [Fact]
    public void Mass_mailing_is_refused_even_with_consent()
    {
        var made = Decide("netip", new RecordedQuestion(Operation.Use) { Purpose = "mass-mailing", Categories = ["email"], Subject = Anna }, Fact(ConsentState.Given, "mass-mailing"));
        Assert.Equal(DecisionOutcome.Refuse, made.Outcome);
        Assert.Contains("NI-9", made.Rules);
        Assert.Equal("privacy@netip.example", made.Contact);
    }

    [Theory]
    [InlineData(Operation.Store, true)]
    [InlineData(Operation.Disclose, true)]
    [InlineData(Operation.Use, false)]
    [InlineData(Operation.Access, false)]
    public void Storing_and_disclosing_get_advice_only(Operation operation, bool advisory) => Assert.Equal(advisory, Deciding.IsAdvisory(operation));

    [Fact]
    public void Advice_permits_nothing()
    {
        var made = Marketing(Fact(ConsentState.Given)) with { Advisory = true };
        Assert.False(DecisionView.Of(null, made).Allowed);
        Assert.True(DecisionView.Of(null, made with { Advisory = false }).Allowed);
    }

    [Fact]
    public void A_decision_is_recorded_with_policy_engine_facts_and_their_events()
    {
        var made = Marketing(Fact(ConsentState.Given));
        Assert.Equal((Policy("almena").Version, Policy("almena").Hash, CompiledPolicy.EngineVersion), (made.PolicyVersion, made.PolicyHash, made.EngineVersion));
        Assert.Equal(Statement, Assert.Single(made.Facts).EventId);
        Assert.Equal((41L, Now), (made.KnownUpTo, made.EvaluatedAt));
        Assert.Equal([Anna], made.Subjects);
    }

    [Fact]
    public void A_recorded_decision_survives_storage()
    {
        var made = Marketing(Fact(ConsentState.Given));
        var again = EventJson.Deserialize(EventJson.Serialize(made), typeof(DecisionMade));
        Assert.Equal(JsonSerializer.Serialize(made), JsonSerializer.Serialize((DecisionMade)again));
    }

    [Fact]
    public void Run_again_it_is_identical() => Assert.Equal(Replay.Identical, ExplainDecision.Run(Marketing(Fact(ConsentState.Given)), Policy("almena"), new HashSet<Guid> { Statement }));

    [Fact]
    public void Run_again_after_storage_it_is_identical()
    {
        var stored = (DecisionMade)EventJson.Deserialize(EventJson.Serialize(Marketing(Fact(ConsentState.Withdrawn))), typeof(DecisionMade));
        Assert.Equal(Replay.Identical, ExplainDecision.Run(stored, Policy("almena"), new HashSet<Guid> { Statement }));
    }

    [Fact]
    public void Run_again_without_its_facts_it_says_so() => Assert.Equal(Replay.FactsErased, ExplainDecision.Run(Marketing(Fact(ConsentState.Given)), Policy("almena"), new HashSet<Guid>()));

    [Fact]
    public void A_changed_record_differs() =>
        Assert.Equal(Replay.Differs, ExplainDecision.Run(Marketing() with { Outcome = DecisionOutcome.Permit }, Policy("almena"), new HashSet<Guid>()));

    [Fact]
    public void A_changed_fact_differs()
    {
        var made = Marketing(Fact(ConsentState.Given));
        Assert.Equal(Replay.Differs, ExplainDecision.Run(made with { Facts = [Fact(ConsentState.Withdrawn)] }, Policy("almena"), new HashSet<Guid> { Statement }));
    }

    [Fact]
    public void Another_policy_under_the_same_number_differs() =>
        Assert.Equal(Replay.Differs, ExplainDecision.Run(Marketing(Fact(ConsentState.Given)), Policy("almena") with { Hash = "other" }, new HashSet<Guid> { Statement }));

    [Fact]
    public void Without_its_policy_it_differs() => Assert.Equal(Replay.Differs, ExplainDecision.Run(Marketing(Fact(ConsentState.Given)), null, new HashSet<Guid> { Statement }));

    private static DecisionFact Fact(ConsentState state, string purpose = "own-marketing") => new("consent", Statement) { Purpose = purpose, State = state.ToString().ToLowerInvariant(), Since = Now.AddDays(-1) };

    private static DecisionMade Marketing(params DecisionFact[] facts) => Decide(
        "almena", new RecordedQuestion(Operation.Use) { Purpose = "own-marketing", Categories = ["email"], Subject = Anna, Context = new Circumstances { Country = "SE" } }, facts);

    private static DecisionMade Decide(string controller, RecordedQuestion question, params DecisionFact[] facts)
    {
        Assert.True(Policy(controller).Compiled.TryResolve(question.ToAsked(), out var resolved, out _));
        return Deciding.Decide(question, resolved, facts, Policy(controller), knownUpTo: 41, Now);
    }
}

using FsCheck;
using FsCheck.Fluent;
using Integritet.Contracts;
using Integritet.Retention.Plans;
using static Integritet.Retention.Tests.Case;
using static Integritet.Retention.Tests.Pure;

namespace Integritet.Retention.Tests;

/// <summary>A purpose that rests on consent ends with it, and what is held for it is planned anew.</summary>
public sealed class ConsentTests(Installation installation)
{
    private const string Marketing = "own-marketing";

    [Fact]
    public void What_is_held_on_consent_is_due_when_the_consent_is_withdrawn()
    {
        Assert.Null(Planned(Given("2026-01-01T00:00:00Z", 1)).DueAt);
        var plan = Planned(Given("2026-01-01T00:00:00Z", 1), Withdrawn("2026-03-01T00:00:00Z", 2));

        Assert.Equal(("LAW-5", At("2026-03-01T00:00:00Z")), (plan.Rule, plan.DueAt));
        Assert.Equal([(StepKind.ConsentWithdrawn, Marketing), (StepKind.PurposeEnded, Marketing)], plan.Ends[0].Steps.Select(s => (s.Kind, s.Name!)));
        Assert.Equal(At("2026-03-01T00:00:00Z"), plan.Ends[0].Steps[1].At);
    }

    [Fact]
    public void What_is_held_on_a_consent_that_ends_by_itself_is_due_then_and_waits_again_once_it_is_renewed()
    {
        var expiring = Given("2026-01-01T00:00:00Z", 1, "2027-01-01T00:00:00Z");

        Assert.Equal(At("2027-01-01T00:00:00Z"), Planned(expiring).DueAt);
        Assert.Equal([StepKind.ConsentGiven, StepKind.ConsentExpires, StepKind.PurposeEnded], Planned(expiring).Ends[0].Steps.Select(s => s.Kind));
        Assert.Equal(At("2028-06-01T00:00:00Z"), Planned(expiring, Given("2026-06-01T00:00:00Z", 2, "2028-06-01T00:00:00Z")).DueAt);
        Assert.Null(Planned(expiring, Given("2026-06-01T00:00:00Z", 2)).DueAt);
    }

    [Fact]
    public void A_consent_given_anew_stands_and_a_no_after_its_end_moves_nothing()
    {
        Assert.Null(Planned(Given("2026-01-01T00:00:00Z", 1), Withdrawn("2026-03-01T00:00:00Z", 2), Given("2026-04-01T00:00:00Z", 3)).DueAt);
        Assert.Equal(At("2026-03-01T00:00:00Z"), Planned(Given("2026-01-01T00:00:00Z", 1), Withdrawn("2026-03-01T00:00:00Z", 2), Refused("2026-04-01T00:00:00Z", 3)).DueAt);
        Assert.Equal(At("2026-02-01T00:00:00Z"), Planned(Given("2026-01-01T00:00:00Z", 1, "2026-02-01T00:00:00Z"), Withdrawn("2026-03-01T00:00:00Z", 2)).DueAt);
        Assert.Equal(At("2026-02-01T00:00:00Z"), Planned(Given("2026-01-01T00:00:00Z", 1, "2027-01-01T00:00:00Z"), Refused("2026-02-01T00:00:00Z", 2)).DueAt);
    }

    [Fact]
    public void The_last_purpose_decides_and_one_that_rests_on_something_else_goes_on()
    {
        var withdrawn = Facts([Withdrawn("2026-03-01T00:00:00Z", 1)]);

        Assert.Null(Plan("almena", Pure.Holding("email", "2026-01-01T00:00:00Z", "crm", Marketing, "support"), withdrawn).DueAt);
        Assert.Equal(
            At("2026-05-01T00:00:00Z"), Plan("almena", Pure.Holding("email", "2026-01-01T00:00:00Z", "crm", Marketing, "support"), withdrawn with { Triggers = [Told("purpose-ended", "2026-05-01T00:00:00Z", "support")] }).DueAt);
    }

    [Fact]
    public void What_is_said_on_a_purpose_that_rests_on_no_consent_ends_nothing() =>
        Assert.Null(Plan("almena", Pure.Holding("email", "2026-01-01T00:00:00Z", "crm", "support"), Facts([new ConsentStatement(Guid.Empty, "support", ConsentSaid.Withdrawn, At("2026-02-01T00:00:00Z"), null, 1)])).DueAt);

    [Fact]
    public void Statements_in_any_order_and_told_any_number_of_times_give_the_same_plan() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var inOrder = Planned([.. c.Said.OrderBy(s => s.SourcePosition)]);
        var shuffled = Planned([.. c.Shuffled, .. c.Shuffled.Take(2)]);
        return inOrder.Told == shuffled.Told && inOrder.WaitingFor.SequenceEqual(shuffled.WaitingFor) && inOrder.Ends[0].Steps.SequenceEqual(shuffled.Ends[0].Steps);
    }).QuickCheckThrowOnFailure();

    /// <summary>At every instant the plan says what a decision at that instant would: the newest statement up to there decides.</summary>
    [Fact]
    public void A_plan_and_a_decision_agree_on_whether_a_consent_stands() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var due = Planned([.. c.Shuffled]).DueAt;
        var newest = c.Said.MaxBy(s => s.SourcePosition);
        return c.Said.Select(s => s.At).Append(DateTimeOffset.MaxValue).Where(at => newest is null || at >= newest.At)
            .All(at => (newest is null || (newest.Said == ConsentSaid.Given && !(newest.ExpiresAt <= at))) == !(due <= at));
    }).QuickCheckThrowOnFailure();

    [Fact]
    public async Task A_withdrawal_plans_anew_what_is_held_under_every_linked_identifier_and_shows_in_the_arithmetic()
    {
        var almena = await OfAsync(installation, "almena");
        var (one, other) = (SomeEmail(), SomeEmail());
        var registered = await almena.RegisterAsync(Holding(one, "crm", "email", Marketing));
        var (link, consent) = (Guid.CreateVersion7(), Guid.CreateVersion7());
        await installation.TellAsync(new SubjectLinkChanged("almena", "consent", $"subject-link-{link}", 1, 1, link, [installation.PseudonymOf(one), installation.PseudonymOf(other)], true));
        await installation.TellAsync(Stated(consent, other, 1, 100, "given", "2026-02-01T00:00:00Z", "2030-01-01T00:00:00Z"));
        await almena.UntilRowIsDueAsync(registered, At("2030-01-01T00:00:00Z"));
        var then = TimeProvider.System.GetUtcNow().ToString("O");

        await installation.TellAsync(Stated(consent, other, 2, 101, "withdrawn", "2026-03-01T00:00:00Z"));
        await almena.UntilRowIsDueAsync(registered, At("2026-03-01T00:00:00Z"));

        var steps = (await almena.ShowAsync(registered))["arithmetic"]!.AsArray().Single()!["steps"]!.AsArray();
        Assert.Equal([("consent-withdrawn", consent.ToString()), ("purpose-ended", null)], steps.Select(s => ((string)s!["step"]!, (string?)s["consentId"])));
        Assert.Equal(At("2026-03-01T00:00:00Z"), steps[1]!.Instant("at"));
        Assert.Equal(At("2030-01-01T00:00:00Z"), (await almena.ShowAsync(registered, "?asOf=" + Uri.EscapeDataString(then))).Instant("dueAt"));
    }

    [Fact]
    public async Task A_withdrawal_that_overtakes_its_consent_or_comes_twice_or_before_the_holding_gives_the_same_plan()
    {
        var almena = await OfAsync(installation, "almena");
        var (email, consent) = (SomeEmail(), Guid.CreateVersion7());
        await installation.TellAsync(Stated(consent, email, 2, 101, "withdrawn", "2026-03-01T00:00:00Z"));
        await installation.TellAsync(Stated(consent, email, 2, 101, "withdrawn", "2026-03-01T00:00:00Z"));
        var registered = await almena.RegisterAsync(Holding(email, "crm", "email", Marketing));
        await almena.UntilRowIsDueAsync(registered, At("2026-03-01T00:00:00Z"));

        await installation.TellAsync(Stated(consent, email, 1, 100, "given", "2026-02-01T00:00:00Z"));
        var probe = Guid.CreateVersion7();
        await installation.TellAsync(Stated(probe, email, 1, 102, "given", "2026-04-01T00:00:00Z"));
        await almena.UntilRowIsDueAsync(registered, due: null);
        await installation.TellAsync(Stated(probe, email, 2, 103, "withdrawn", "2026-05-01T00:00:00Z"));
        await almena.UntilRowIsDueAsync(registered, At("2026-05-01T00:00:00Z"));

        Assert.Equal(At("2026-05-01T00:00:00Z"), (await almena.ShowAsync(registered)).Instant("dueAt"));
    }

    private static Gen<ConsentStatement> Statements =>
        from said in Gen.Elements(ConsentSaid.Given, ConsentSaid.Refused, ConsentSaid.Withdrawn)
        from day in Gen.Choose(0, 1_000)
        from lasts in Gen.Elements<int?>(null, 1, 10, 400)
        select Said(said, At("2026-01-01T00:00:00Z").AddDays(day), day, said == ConsentSaid.Given && lasts is { } days ? At("2026-01-01T00:00:00Z").AddDays(day + days) : null);

    // Positions and commit stamps of one log go up together.
    private static Gen<(ConsentStatement[] Said, ConsentStatement[] Shuffled)> Cases =>
        from said in Statements.ArrayOf()
        let distinct = said.DistinctBy(s => s.SourcePosition).ToArray()
        from shuffled in Gen.Shuffle(distinct)
        select (distinct, shuffled);

    private static ConsentStatement Said(ConsentSaid said, DateTimeOffset at, long position, DateTimeOffset? expiresAt = null) => new(Guid.Empty, Marketing, said, at, expiresAt, position);

    private static ConsentStatement Given(string at, long position, string? expiresAt = null) => Said(ConsentSaid.Given, At(at), position, expiresAt is null ? null : At(expiresAt));

    private static ConsentStatement Withdrawn(string at, long position) => Said(ConsentSaid.Withdrawn, At(at), position);

    private static ConsentStatement Refused(string at, long position) => Said(ConsentSaid.Refused, At(at), position);

    private static PlanFacts Facts(IReadOnlyList<ConsentStatement> consents) => PlanFacts.None with { Consents = consents };

    private static Plan Planned(params ConsentStatement[] said) => Plan("almena", Pure.Holding("email", "2025-12-01T00:00:00Z", "crm", Marketing), Facts(said));

    private ConsentStated Stated(Guid consent, string email, long version, long position, string statement, string at, string? expiresAt = null) => new(
        "almena", "consent", $"consent-{consent}", version, position, consent, installation.PseudonymOf(email), [Marketing], statement, At(at), expiresAt is null ? null : At(expiresAt));
}

using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Plans;
using static Integritet.Retention.Tests.Pure;

namespace Integritet.Retention.Tests;

/// <summary>The plan calculus on the shipped policies.</summary>
public sealed class PlanTests
{
    [Theory]
    // Summer time ends in Stockholm on 2026-10-25: the same local time is one hour later in UTC.
    [InlineData("2026-10-10T08:00:00Z", "2026-11-07T09:00:00Z")]
    // It begins on 2026-03-29.
    [InlineData("2026-03-10T08:00:00Z", "2026-04-07T07:00:00Z")]
    [InlineData("2026-06-01T08:00:00Z", "2026-06-29T08:00:00Z")]
    // 02:30 local does not exist on 2026-03-29: it becomes 03:30.
    [InlineData("2026-03-01T01:30:00Z", "2026-03-29T01:30:00Z")]
    // 02:30 local comes twice on 2026-10-25: the first of the two.
    [InlineData("2026-09-27T00:30:00Z", "2026-10-25T00:30:00Z")]
    // Over a leap day.
    [InlineData("2028-02-10T12:00:00Z", "2028-03-09T12:00:00Z")]
    public void NI_1_a_network_log_falls_due_28_calendar_days_later_at_the_same_local_time(string recordedAt, string due)
    {
        var plan = Plan("netip", Holding("network-log", recordedAt, "netflow", "network-operation"));

        Assert.Equal(("NI-1", At(due)), (plan.Rule, plan.DueAt));
        Assert.Empty(plan.WaitingFor);
    }

    [Fact]
    public void A_due_holding_goes_in_the_next_daily_run_at_three_in_the_morning_local_time()
    {
        var plan = Plan("netip", Holding("network-log", "2026-10-10T08:00:00Z", "netflow", "network-operation"));

        Assert.Equal(At("2026-11-08T02:00:00Z"), plan.RunAt);
    }

    [Fact]
    public void NI_2_the_period_is_the_one_agreed_with_the_customer_and_the_newest_agreement_decides()
    {
        var held = Holding("customer-log", "2026-01-31T12:00:00Z", "vault", "service-delivery") with { Customer = "k-3" };

        Assert.Equal(["retention-agreement"], Plan("netip", held).WaitingFor);
        Assert.Null(Plan("netip", held).DueAt);
        Assert.Equal(At("2026-02-28T12:00:00Z"), Plan("netip", held, Facts(Agreed("customer-log", "P1M", "2026-01-01T00:00:00Z"))).DueAt);
        var both = new[] { Agreed("customer-log", "P1Y", "2026-02-01T00:00:00Z", 2), Agreed("customer-log", "P1M", "2026-01-01T00:00:00Z", 7) };
        Assert.Equal(("NI-2", At("2027-01-31T12:00:00Z")), (Plan("netip", held, Facts(both)).Rule, Plan("netip", held, Facts(both)).DueAt));
    }

    [Fact]
    public void NI_7_relevant_mail_is_moved_to_the_case_system_at_once()
    {
        var plan = Plan("netip", Holding("mail-message", "2026-11-10T09:00:00Z", "mail", "service-delivery") with { Relevant = true });

        Assert.Equal(("NI-7", RetentionAct.MoveThenErase, "case", At("2026-11-10T09:00:00Z"), At("2026-11-10T09:00:00Z")), (plan.Rule, plan.Act, plan.MoveTo, plan.DueAt!.Value, plan.RunAt!.Value));
    }

    [Fact]
    public void NI_7_other_mail_is_purged_on_the_first_of_the_month_at_midnight_local_time()
    {
        var plan = Plan("netip", Holding("mail-message", "2026-11-10T09:00:00Z", "mail", "service-delivery"));

        Assert.Equal(("NI-7", RetentionAct.Erase, At("2026-11-30T23:00:00Z"), At("2026-11-30T23:00:00Z")), (plan.Rule, plan.Act, plan.DueAt!.Value, plan.RunAt!.Value));
    }

    [Fact]
    public void NI_8_mail_that_needs_no_answer_is_due_when_that_is_told()
    {
        var plan = Plan("netip", Holding("mail-message", "2026-11-10T09:00:00Z", "mail", "service-delivery"), Facts(Told("mail-needs-no-answer", "2026-11-10T09:05:00Z")));

        Assert.Equal(("NI-8", At("2026-11-10T09:05:00Z")), (plan.Rule, plan.DueAt));
    }

    [Fact]
    public void DV_6_a_holding_with_several_purposes_falls_due_when_the_last_of_them_ends()
    {
        var held = Holding("account-data", "2026-01-01T00:00:00Z", "crm", "service-improvement", "service-notice", "service-operation");
        var first = Told("purpose-ended", "2026-03-01T00:00:00Z", "service-operation");
        var second = Told("purpose-ended", "2026-02-01T00:00:00Z", "service-improvement");
        var last = Told("purpose-ended", "2026-05-01T00:00:00Z", "service-notice");

        var waiting = Plan("did-virtual-numbers", held, Facts(first, second));
        Assert.Equal(("DV-6", null, At("2027-01-01T00:00:00Z")), (waiting.Rule, waiting.DueAt, waiting.ReviewAt));
        Assert.Equal(["purpose-ended"], waiting.WaitingFor);
        var due = Plan("did-virtual-numbers", held, Facts(last, first, second));
        Assert.Equal(("DV-6", At("2026-05-01T00:00:00Z"), null), (due.Rule, due.DueAt, due.ReviewAt));
        Assert.Equal(At("2026-04-01T00:00:00Z"), Plan("did-virtual-numbers", held, Facts(Told("purpose-ended", "2026-04-01T00:00:00Z"), last)).DueAt);
    }

    [Fact]
    public void BG_10_access_data_of_a_customers_own_device_is_due_on_the_first_of_payment_and_warranty()
    {
        var held = Holding("device-access", "2026-01-01T00:00:00Z", "crm", "technical-service") with { CustomerOwned = true };

        Assert.Equal(["service-paid", "warranty-expired", "service-ended", "fully-paid"], Plan("bg-network-services", held).WaitingFor);
        Assert.Equal("BG-10", Plan("bg-network-services", held).Rule);
        Assert.Equal(("BG-10", At("2026-02-01T00:00:00Z")), Due(Told("warranty-expired", "2026-06-01T00:00:00Z"), Told("service-paid", "2026-02-01T00:00:00Z")));
        Assert.Equal(("BG-10", At("2026-06-01T00:00:00Z")), Due(Told("warranty-expired", "2026-06-01T00:00:00Z")));
        Assert.Null(Plan("bg-network-services", held with { CustomerOwned = false }, Facts(Told("service-paid", "2026-02-01T00:00:00Z"))).DueAt);

        (string, DateTimeOffset?) Due(params ToldTrigger[] told) => (Plan("bg-network-services", held, Facts(told)).Rule, Plan("bg-network-services", held, Facts(told)).DueAt);
    }

    [Fact]
    public void BG_11_is_due_on_the_later_of_service_ended_and_fully_paid_and_one_alone_does_not_make_it_due()
    {
        var held = Holding("service-usage", "2026-01-01T00:00:00Z");

        Assert.Equal(["fully-paid"], Plan("bg-network-services", held, Facts(Told("service-ended", "2026-03-01T00:00:00Z"))).WaitingFor);
        var plan = Plan("bg-network-services", held, Facts(Told("fully-paid", "2026-04-01T00:00:00Z"), Told("service-ended", "2026-03-01T00:00:00Z")));
        Assert.Equal(("BG-11", At("2026-04-01T00:00:00Z")), (plan.Rule, plan.DueAt));
    }

    [Fact]
    public void BG_5_interaction_data_is_kept_until_the_operating_need_ends()
    {
        var plan = Plan("bg-network-services", Holding("device-interaction", "2026-01-01T00:00:00Z"), Facts(Told("purpose-ended", "2026-02-01T00:00:00Z", "operation")));

        Assert.Equal(("BG-5", At("2026-02-01T00:00:00Z")), (plan.Rule, plan.DueAt));
    }

    [Fact]
    public void LAW_6c_no_earlier_rule_goes_below_a_statutory_minimum()
    {
        var held = Holding("transaction-record", "2026-05-05T10:00:00Z", "billing", "legal-compliance") with { Categories = ["name", "transaction-record"] };
        var plan = Plan("netip", held, Facts(Told("purpose-ended", "2026-06-01T00:00:00Z")));

        Assert.Equal(("LAW-6c", At("2033-12-31T23:00:00Z")), (plan.Rule, plan.DueAt));
        Assert.Equal(("LAW-6c", At("2033-12-31T23:00:00Z")), (plan.Minimum!.Rule, plan.Minimum.Until));
        Assert.Contains("1999:1078", plan.Minimum.Reference.In("en"), StringComparison.Ordinal);
    }

    [Fact]
    public void LAW_5_where_no_period_is_promised_it_is_reviewed_after_a_year()
    {
        var plan = Plan("almena", Holding("name", "2024-02-29T12:00:00Z", "crm", "support"));

        Assert.Equal(("LAW-5", null, At("2025-02-28T12:00:00Z")), (plan.Rule, plan.DueAt, plan.ReviewAt));
    }

    [Theory]
    [InlineData("LAW-17", "legal-hold")]
    [InlineData("LAW-18", "restricted")]
    public void A_hold_or_a_restriction_does_not_move_the_due_date_and_keeps_the_holding_past_it(string rule, string code)
    {
        var held = Holding("network-log", "2026-06-01T08:00:00Z", "netflow", "network-operation");
        var standing = new StandingHold(rule, code, "case-7", At("2026-06-02T00:00:00Z"), Guid.Empty);
        var plan = Plan("netip", held, PlanFacts.None with { Holds = [standing] });

        Assert.True(plan.OnHold);
        Assert.Equal([standing], plan.Holds);
        Assert.Equal(Plan("netip", held).DueAt, plan.DueAt);
    }

    [Fact]
    public void A_category_that_a_later_version_forgot_is_not_erased_for_it_but_looked_at()
    {
        var plan = Plan("netip", Holding("no-such-category", "2026-06-01T08:00:00Z"));

        Assert.Equal((null, At("2026-06-01T08:00:00Z")), (plan.DueAt, plan.ReviewAt));
        Assert.Equal([Plans.Plan.RetentionRule], plan.WaitingFor);
    }
}

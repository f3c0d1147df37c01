using FsCheck;
using FsCheck.Fluent;
using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;
using Integritet.Retention.Plans;
using Integritet.Retention.Triggers;
using NodaTime;
using static Integritet.Retention.Tests.Pure;

namespace Integritet.Retention.Tests;

/// <summary>What holds of every plan, whatever was told in whatever order.</summary>
public sealed class PlanProperties
{
    private static readonly DateTimeOffset Start = At("2026-01-01T00:00:00Z");
    private static readonly (string Controller, string Category, string System)[] Kinds =
    [
        ("netip", "network-log", "netflow"), ("netip", "customer-log", "vault"), ("netip", "mail-message", "mail"), ("netip", "transaction-record", "billing"), ("netip", "name", "crm"),
        ("did-virtual-numbers", "account-data", "crm"), ("bg-network-services", "device-access", "crm"), ("bg-network-services", "service-usage", "crm"), ("bg-network-services", "device-interaction", "crm"),
        ("almena", "name", "crm"), ("privatealps", "email", "crm"),
    ];

    private static Gen<DateTimeOffset> Instants => Gen.Choose(0, 3 * 365 * 24 * 60).Select(minutes => Start.AddMinutes(minutes));

    private static Gen<ToldTrigger> Triggers =>
        from trigger in Gen.Elements(Vocabulary.Triggers.AsEnumerable())
        from at in Instants
        from purpose in Gen.Elements("operation", "notification", null)
        select new ToldTrigger(trigger, trigger == "purpose-ended" ? purpose : null, at);

    private static Gen<AgreedPeriod> Agreements =>
        from months in Gen.Choose(1, 30)
        from at in Instants
        from position in Gen.Choose(1, 1_000)
        select new AgreedPeriod(Guid.Empty, "customer-log", Period.FromMonths(months), at, position, $"contract-{position}");

    private static Gen<(string Controller, HeldData Held)> Holdings =>
        from kind in Gen.Elements(Kinds)
        from at in Instants
        from owned in Gen.Elements(true, false)
        from relevant in Gen.Elements(true, false)
        select (kind.Controller, new HeldData(Anna, kind.System, "ref", [kind.Category], ["notification", "operation"], at) { Customer = "k", CustomerOwned = owned, Relevant = relevant });

    private static Gen<(string Controller, HeldData Held, ToldTrigger[] Told, AgreedPeriod[] Agreed, ToldTrigger[] Shuffled, AgreedPeriod[] AgreedShuffled)> Cases =>
        from held in Holdings
        from told in Triggers.ArrayOf()
        from agreed in Agreements.ArrayOf()
        from shuffled in Gen.Shuffle(told)
        from agreedShuffled in Gen.Shuffle(agreed.DistinctBy(a => a.Position).ToArray())
        select (held.Controller, held.Held, told, agreed.DistinctBy(a => a.Position).ToArray(), shuffled, agreedShuffled);

    private static Plan Of(string controller, HeldData held, IReadOnlyList<ToldTrigger> told, IReadOnlyList<AgreedPeriod> agreed) => Plans.Plan.Of(held, new PlanFacts(told, agreed, []), Policy(controller));

    [Fact]
    public void Facts_in_any_order_and_told_any_number_of_times_give_the_same_plan() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var inOrder = Of(c.Controller, c.Held, [.. c.Told.OrderBy(t => t.At)], [.. c.Agreed.OrderBy(a => a.Position)]);
        var shuffled = Of(c.Controller, c.Held, [.. c.Shuffled, .. c.Shuffled.Take(2)], c.AgreedShuffled);

        return inOrder.Told == shuffled.Told && inOrder.WaitingFor.SequenceEqual(shuffled.WaitingFor);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void One_more_trigger_never_puts_a_due_date_off_nor_takes_it_away() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var before = Of(c.Controller, c.Held, [.. c.Told.Skip(1)], c.Agreed).DueAt;
        var after = Of(c.Controller, c.Held, c.Told, c.Agreed).DueAt;

        return before is null || after <= before;
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void A_plan_either_has_a_due_date_or_says_what_it_waits_for() => Prop.ForAll(Cases.ToArbitrary(), c =>
    {
        var plan = Of(c.Controller, c.Held, c.Told, c.Agreed);
        return plan.DueAt is null
            ? !plan.WaitingFor.IsEmpty && plan.RunAt is null
            : plan.WaitingFor.IsEmpty && plan.RunAt >= plan.DueAt && plan.RunAt <= plan.DueAt.Value.AddDays(32) && (plan.Minimum is null || plan.DueAt >= plan.Minimum.Until);
    }).QuickCheckThrowOnFailure();

    [Fact]
    public void What_is_told_a_second_time_counts_from_the_first_time_it_happened() => Prop.ForAll(Triggers.ArrayOf().ToArbitrary(), told =>
    {
        var state = told.Select(t => new TriggerTold(t.Trigger, t.At, TriggerTarget.Customer, "k", t.Purpose)).Aggregate(ToldTriggers.Aggregate.Initial, (s, t) => TellTrigger.Decide(s, t) is Platform.Hosting.Decided.Accepted { Events: [var e] } ? ToldTriggers.Evolve(s, e) : s);
        return told.All(t => state.First[(t.Trigger, t.Purpose)] == told.Where(o => (o.Trigger, o.Purpose) == (t.Trigger, t.Purpose)).Min(o => o.At));
    }).QuickCheckThrowOnFailure();

    [Theory]
    [InlineData("Europe/Stockholm")]
    [InlineData("America/Panama")]
    [InlineData("Europe/Sofia")]
    [InlineData("Australia/Lord_Howe")]
    public void A_calendar_period_keeps_the_local_time_wherever_that_exists(string zoneId)
    {
        var zone = DateTimeZoneProviders.Tzdb[zoneId];
        Prop.ForAll(Instants.Zip(Gen.Choose(1, 800)).ToArbitrary(), c =>
        {
            var start = Instant.FromDateTimeOffset(c.Item1).InZone(zone).LocalDateTime;
            var end = Instant.FromDateTimeOffset(CalendarArithmetic.Plus(c.Item1, Period.FromDays(c.Item2), zone)).InZone(zone).LocalDateTime;
            var wanted = start.PlusDays(c.Item2);
            return zone.MapLocal(wanted).Count == 0 ? end > wanted && end < wanted.PlusHours(2) : end == wanted;
        }).QuickCheckThrowOnFailure();
    }
}

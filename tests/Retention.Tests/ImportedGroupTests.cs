using Integritet.Platform.PolicyEngine;
using Integritet.Retention.Holdings;

namespace Integritet.Retention.Tests;

/// <summary>How the lines of an import are told together; no I/O.</summary>
public sealed class ImportedGroupTests
{
    private static readonly DateTimeOffset Recorded = new(2026, 11, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly PlanTold Due = new("NI-1", Recorded.AddDays(28), Recorded.AddDays(29), null, RetentionAct.Erase, null);
    private int _holdings;

    [Fact]
    public void Lines_that_are_alike_make_one_group_though_others_stand_between_them()
    {
        var (crm, mail) = (Holding("crm"), Holding("mail"));
        ImportedHolding[] holdings = [crm, mail, Holding("crm"), Holding("mail"), Holding("crm")];

        var groups = ImportedGroup.Of(holdings);

        Assert.Equal(["crm", "mail"], groups.Select(g => g.System));
        Assert.Equal([holdings[0].HoldingId, holdings[2].HoldingId, holdings[4].HoldingId], groups[0].HoldingIds);
        Assert.Equal(["r-2", "r-4"], groups[1].References);
    }

    [Fact]
    public void A_group_shares_all_that_is_said_of_it_once()
    {
        ImportedHolding[] different =
        [
            Holding("crm"),
            Holding("mail"),
            Holding("crm", data: d => d with { Categories = ["network-log", "traffic-data"] }),
            Holding("crm", data: d => d with { Purposes = ["traffic-data"] }),
            Holding("crm", data: d => d with { Categories = ["network-log"], Purposes = ["traffic-data", "network-operation"] }),
            Holding("crm", data: d => d with { Relevant = true }),
            Holding("crm", data: d => d with { CustomerOwned = true }),
            Holding("crm", data: d => d with { CustomerControlled = true }),
            Holding("crm", Due with { Rule = "NI-2" }),
            Holding("crm", Due with { Act = RetentionAct.Anonymise }),
            Holding("crm", Due with { Act = RetentionAct.MoveThenErase, MoveTo = "case" }),
            Holding("crm", Due with { Act = RetentionAct.MoveThenErase, MoveTo = "archive" }),
        ];

        Assert.Equal(different.Length, ImportedGroup.Of(different).Count);
        Assert.Equal(different.Length, ImportedGroup.Of([.. different, .. different]).Count);
    }

    [Fact]
    public void A_column_that_says_nothing_is_left_out_and_one_that_says_something_is_as_long_as_the_others()
    {
        var plain = Assert.Single(ImportedGroup.Of([Holding("crm", Due with { DueAt = null, RunAt = null }), Holding("crm", Due with { DueAt = null, RunAt = null })]));
        var full = Assert.Single(ImportedGroup.Of([Holding("crm"), Holding("crm", Due with { DueAt = null, RunAt = null, ReviewAt = Recorded }, d => d with { Customer = "k-3" }) with { Generation = 2 }]));

        Assert.Equal((null, null, null, null, null), (plain.Generations, plain.Customers, plain.DueAt, plain.RunAt, plain.ReviewAt));
        Assert.Equal([1, 2], full.Generations!);
        Assert.Equal([null, "k-3"], full.Customers!);
        Assert.Equal([Due.DueAt, null], full.DueAt!);
        Assert.Equal([Due.RunAt, null], full.RunAt!);
        Assert.Equal([null, Recorded], full.ReviewAt!);
    }

    private ImportedHolding Holding(string system, PlanTold? plan = null, Func<HeldData, HeldData>? data = null)
    {
        var plain = new HeldData("ps_anna", system, $"r-{++_holdings}", ["network-log"], ["network-operation"], Recorded);
        return new ImportedHolding(Guid.CreateVersion7(), 1, data is null ? plain : data(plain), plan ?? Due);
    }
}

using Integritet.Retention.Instructions;
using Integritet.Retention.Runs;

namespace Integritet.Retention.Tests;

public sealed class PlanHashTests
{
    private static readonly DateTime Due = new(2026, 11, 2, 10, 0, 0, DateTimeKind.Utc);
    private static readonly Guid[] Holdings = [.. Enumerable.Range(0, 5).Select(_ => Guid.CreateVersion7()).Order()];

    [Fact]
    public void The_same_items_give_the_same_hash() => Assert.Equal(Hash(), Hash());

    [Fact]
    public void It_is_lower_case_SHA_256_and_recognised_as_one()
    {
        Assert.True(PlanHash.IsWellFormed(Hash()));
        Assert.False(PlanHash.IsWellFormed(Hash().ToUpperInvariant()));
        Assert.False(PlanHash.IsWellFormed(Hash()[1..]));
        Assert.False(PlanHash.IsWellFormed(""));
    }

    [Fact]
    public void Its_bytes_are_fixed()
    {
        using var hash = new PlanHash();
        hash.Add(Guid.Parse("0197aaaa-0000-7000-8000-000000000001"), InstructionAction.Erase, "NI-1", Due.AddTicks(10));
        Assert.Equal(
            Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData("0197aaaa-0000-7000-8000-000000000001|erase|NI-1|2026-11-02T10:00:00.000001Z\n"u8)), hash.Finish());
    }

    [Fact]
    public void Any_difference_in_an_item_is_another_hash()
    {
        var hashes = new[] { Hash(), Hash(action: InstructionAction.Anonymise), Hash(rule: "NI-8"), Hash(due: Due.AddTicks(10)), Hash(items: 4) };
        Assert.Equal(hashes.Length, hashes.Distinct(StringComparer.Ordinal).Count());
    }

    [Fact]
    public void An_item_out_of_order_or_twice_is_refused()
    {
        using var hash = new PlanHash();
        hash.Add(Holdings[1], InstructionAction.Erase, "NI-1", Due);
        Assert.Throws<InvalidOperationException>(() => hash.Add(Holdings[0], InstructionAction.Erase, "NI-1", Due));
        Assert.Throws<InvalidOperationException>(() => hash.Add(Holdings[1], InstructionAction.Erase, "NI-1", Due));
    }

    private static string Hash(InstructionAction action = InstructionAction.Erase, string rule = "NI-1", DateTime? due = null, int items = 5)
    {
        using var hash = new PlanHash();
        foreach (var holding in Holdings.Take(items - 1))
            hash.Add(holding, InstructionAction.Erase, "NI-1", Due);
        if (items == 5)
            hash.Add(Holdings[4], action, rule, due ?? Due);
        return hash.Finish();
    }
}

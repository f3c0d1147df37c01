using Integritet.Retention.Instructions;
using Integritet.Retention.LegalHolds;

namespace Integritet.Retention.Tests;

public sealed class LegalHoldTests
{
    private static readonly DateTimeOffset Now = Pure.At("2026-11-02T10:00:00Z");
    private static readonly Guid HoldId = Guid.Parse("0197cccc-0000-7000-8000-000000000003");
    private static readonly Guid Holding = Guid.Parse("0197aaaa-0000-7000-8000-000000000001");
    private static readonly LegalHold None = LegalHold.Aggregate.Initial;

    [Fact]
    public void It_covers_a_person_or_holdings()
    {
        var onPerson = PlaceLegalHold.Decide(None, Place(subject: Pure.Anna), Held(), [], Now).ThenOne<LegalHoldEvent.Placed>();
        Assert.Equal((Pure.Anna, Pure.Anna), (onPerson.Subject, onPerson.Whose));
        var onHoldings = PlaceLegalHold.Decide(None, Place(holdings: [Holding, Holding]), Held(Holding), [], Now).ThenOne<LegalHoldEvent.Placed>();
        Assert.Equal(Holding, Assert.Single(onHoldings.Holdings));
        Assert.Null(onHoldings.Subject);
        Assert.Equal($"legal-hold-{HoldId}", onHoldings.Whose);
    }

    [Fact]
    public void It_recalls_what_is_under_way()
    {
        var recalled = new RecalledInstruction(Guid.CreateVersion7(), Holding, InstructionAction.Erase, "mail", "m-1");
        Assert.Equal(recalled, Assert.Single(PlaceLegalHold.Decide(None, Place(subject: Pure.Anna), Held(), [recalled], Now).ThenOne<LegalHoldEvent.Placed>().Recalled));
    }

    [Fact]
    public void It_names_its_case_and_reason_and_what_it_covers() =>
        PlaceLegalHold.Decide(None, new PlaceLegalHold(HoldId, " ", "", null, []), Held(), [], Now).ThenRefused(422, "/case", "/reason", "/holdings");

    [Fact]
    public void It_covers_no_holding_that_is_not_there() =>
        PlaceLegalHold.Decide(None, Place(holdings: [Holding, Guid.CreateVersion7()]), Held(Holding), [], Now).ThenRefused(422, "/holdings/1");

    [Fact]
    public void It_is_released_once_for_a_reason()
    {
        var placed = PlaceLegalHold.Decide(None, Place(subject: Pure.Anna), Held(), [], Now).ThenOne<LegalHoldEvent.Placed>();
        var inForce = LegalHold.Evolve(None, placed);
        ReleaseLegalHold.Decide(inForce, new(""), Now).ThenRefused(422, "/reason");
        var released = ReleaseLegalHold.Decide(inForce, new("no order came"), Now.AddDays(1)).ThenOne<LegalHoldEvent.Released>();
        Assert.Equal("no order came", released.Reason);
        ReleaseLegalHold.Decide(LegalHold.Evolve(inForce, released), new("again"), Now.AddDays(2)).ThenNothing();
        ReleaseLegalHold.Decide(None, new("none"), Now).ThenRefused(404);
    }

    private static PlaceLegalHold Place(string? subject = null, params Guid[] holdings) => new(HoldId, "court-2026-17", "announced order", subject, holdings);

    private static HashSet<Guid> Held(params Guid[] holdings) => [.. holdings];
}

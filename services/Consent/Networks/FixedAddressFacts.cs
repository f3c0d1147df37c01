using Integritet.Consent.Decisions;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Networks;

/// <summary>
/// Whether the actor's network address is on the fixed list at that instant. The address is compared here and nowhere kept: recorded is which range it was in, and by that the fact is found again.
/// </summary>
internal sealed class FixedAddressFacts : FactSource
{
    private const string Name = "network-address";

    public override FactKinds Kind => FactKinds.Addresses;

    // The other kinds' questions stand in the same relation: what they are about is no address, and must not be read as one.
    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, n.event_id, n.position, n.address_id::varchar as id, n.use as name, {Nothing.Text} as state, n.valid_from as since, n.valid_to as until, {Nothing.Texts} as categories
        from asked a
        join {FixedAddresses.Table} n on n.tenant_id = $1 and n.position <= $2 and (n.removed_position is null or n.removed_position > $2)
        where a.kind = {(int)FactKinds.Addresses}
          and (n.address_id::varchar = a.what or n.range >>= case when a.kind = {(int)FactKinds.Addresses} and a.about <> '' then a.about::inet end)
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question.Actor?.NetworkAddress is { } address ? [new FactAsked(Kind, address)] : [];

    public override FactAsked? AskedAgain(DecisionFact fact) => fact is { Kind: Name, Id: { } id } ? new FactAsked(Kind, "", id) : null;

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        from row in rows
        where row.IsValidAt(at)
        orderby row.Position
        select new DecisionFact(Name, row.EventId) { Id = row.Id, Name = row.Name, Since = row.Since };

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => told with { ListedAddress = true };
}

using Integritet.Consent.Decisions;
using Integritet.Consent.Integration;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Recipients;

/// <summary>The safeguard under which data may go to the actor outside the EEA (AL-10): that of a recipient of record, and for its own country alone.</summary>
internal sealed class SafeguardFacts : FactSource
{
    private const string Name = "safeguard";

    public override FactKinds Kind => FactKinds.Safeguards;

    public override string? ToldBy => ToldByDisclosure.Source;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, r.event_id, r.position, r.recipient_id as id, r.safeguard as name, {Nothing.Text} as state, {Nothing.Instant} as since, {Nothing.Instant} as until, {Nothing.Texts} as categories
        from asked a
        join {KnownRecipients.Recipients} r on r.tenant_id = $1 and r.recipient_id = a.about and r.country = a.what and r.safeguard is not null and r.position <= $2
        where a.kind = {(int)FactKinds.Safeguards}
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question is { Actor.Id: { } id, Context.Destination: { } destination } ? [new FactAsked(Kind, id.ToLowerInvariant(), destination)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        rows.Select(row => new DecisionFact(Name, row.EventId) { Id = row.Id, Name = row.Name });

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => told with { Safeguard = facts.FirstOrDefault(Recorded)?.Name ?? told.Safeguard };
}

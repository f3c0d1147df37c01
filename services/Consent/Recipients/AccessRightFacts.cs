using Integritet.Consent.Decisions;
using Integritet.Consent.Integration;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Recipients;

/// <summary>What the actor may read at that instant (PA-4, NI-11, BG-8). Rights of a recipient of another kind than the actor claims to be are none of the actor's.</summary>
internal sealed class AccessRightFacts : FactSource
{
    private const string Name = "access-right";

    public override FactKinds Kind => FactKinds.AccessRights;

    public override string? ToldBy => ToldByDisclosure.Source;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, r.event_id, r.position, r.access_right_id as id, {Nothing.Text} as name, {Nothing.Text} as state, r.valid_from as since, r.valid_to as until, r.categories
        from asked a
        join {KnownRecipients.AccessRights} r on r.tenant_id = $1 and r.recipient_id = a.about and r.recipient_kind = a.what and r.position <= $2
        where a.kind = {(int)FactKinds.AccessRights}
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question.Actor is { Id: { } id, Kind: var kind } ? [new FactAsked(Kind, id.ToLowerInvariant(), kind)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        from row in rows
        where row.IsValidAt(at)
        orderby row.Position
        select new DecisionFact(Name, row.EventId) { Id = row.Id, Since = row.Since, Categories = row.Categories };

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) =>
        told with { AccessRights = [.. facts.Where(Recorded).SelectMany(f => f.Categories!).Distinct(StringComparer.Ordinal)] };
}

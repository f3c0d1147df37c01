using Integritet.Consent.Decisions;
using Integritet.Consent.Integration;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Recipients;

/// <summary>What the actor has signed (PA-5). Those of a recipient of another kind than the actor claims to be are none of the actor's.</summary>
internal sealed class AgreementFacts : FactSource
{
    private const string Name = "agreement";
    private const string InForce = "in-force";
    private const string NotInForce = "not-in-force";

    public override FactKinds Kind => FactKinds.Agreements;

    public override string? ToldBy => ToldByDisclosure.Source;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, g.event_id, g.position, g.agreement_id as id, g.type as name, {Nothing.Text} as state, g.signed_at as since, g.expires_at as until, {Nothing.Texts} as categories
        from asked a
        join {KnownRecipients.Agreements} g on g.tenant_id = $1 and g.recipient_id = a.about and g.recipient_kind = a.what and g.position <= $2
        where a.kind = {(int)FactKinds.Agreements}
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question.Actor is { Id: { } id, Kind: var kind } ? [new FactAsked(Kind, id.ToLowerInvariant(), kind)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        from row in rows
        orderby row.Position
        select new DecisionFact(Name, row.EventId) { Id = row.Id, Name = row.Name, State = row.IsValidAt(at) ? InForce : NotInForce, Since = row.Since };

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) =>
        told with { Agreements = [.. facts.Where(Recorded).Select(f => new AgreementFact(f.Name!, f.State == InForce))] };
}

using Integritet.Consent.Decisions;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Contacts;

/// <summary>Whether the address or number written to, or heard from, is agreed on: with the person asked about, or, where none is named, with anybody.</summary>
internal sealed class ContactFacts : FactSource
{
    private const string Name = "contact";

    public override FactKinds Kind => FactKinds.Contacts;

    public override bool OfLinkSet => true;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, c.event_id, c.position, c.contact_id::varchar as id, c.kind as name, {Nothing.Text} as state, c.agreed_at as since, {Nothing.Instant} as until, {Nothing.Texts} as categories
        from asked a
        join {AgreedContacts.Table} c on c.tenant_id = $1 and c.contact = a.what and c.position <= $2 and (c.removed_position is null or c.removed_position > $2)
        where a.kind = {(int)FactKinds.Contacts} and (a.about = '' or exists (select from linked l where l.of_subject = a.about and l.subject = c.subject))
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && (question.Context?.To ?? question.Context?.From) is { } contact ? [new FactAsked(Kind, question.Subject ?? "", contact)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at)
    {
        var first = rows.MinBy(row => row.Position);
        yield return new DecisionFact(Name, first.EventId) { Id = first.Id, Name = first.Name, Since = first.Since };
    }

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => told with { AgreedContact = true };
}

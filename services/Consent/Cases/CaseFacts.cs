using Integritet.Consent.Decisions;
using Integritet.Consent.Integration;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Cases;

/// <summary>
/// The case that the question names, by reference or id: how it stands, and whether it covers the person asked about under any of their identifiers (PA-3). One that covers only some people covers no
/// question that names nobody.
/// </summary>
internal sealed class CaseFacts : FactSource
{
    private const string Name = "case";
    private const string Covering = "case-subject";
    private const string Closed = "closed";
    private const string OpenForAll = "open";
    private const string OpenForSome = "open-for-some";

    public override FactKinds Kind => FactKinds.Cases;

    public override bool OfLinkSet => true;

    public override string? ToldBy => ToldByDisclosure.Source;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, v.event_id, v.position, c.case_id as id, v.name, v.state, {Nothing.Instant} as since, {Nothing.Instant} as until, {Nothing.Texts} as categories
        from asked a
        cross join lateral (
            select k.case_id, k.event_id, k.position, k.kind, k.open, k.limited from {KnownCases.Cases} k
            where k.tenant_id = $1 and (k.reference = a.what or k.case_id = lower(a.what)) and k.position <= $2
            order by k.reference = a.what desc, k.position desc limit 1) c
        cross join lateral (
            select c.event_id, c.position, c.kind as name,
                   case when not c.open then '{Closed}'
                        when c.limited or exists (select from {KnownCases.Subjects} s where s.tenant_id = $1 and s.case_id = c.case_id and s.position <= $2) then '{OpenForSome}'
                        else '{OpenForAll}' end as state
            union all
            (select s.event_id, s.position, {Nothing.Text}, '{Covering}' from linked l
             join {KnownCases.Subjects} s on s.tenant_id = $1 and s.case_id = c.case_id and s.subject = l.subject and s.position <= $2
             where l.of_subject = a.about order by s.position limit 1)) v
        where a.kind = {(int)FactKinds.Cases}
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question.Case is { } named ? [new FactAsked(Kind, question.Subject ?? "", named)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        from row in rows
        orderby row.State == Covering
        select row.State == Covering ? new DecisionFact(Covering, row.EventId) { Id = row.Id } : new DecisionFact(Name, row.EventId) { Id = row.Id, Name = row.Name, State = row.State };

    public override bool Recorded(DecisionFact fact) => fact.Kind is Name or Covering;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => facts.FirstOrDefault(f => f.Kind == Name) is not { } named ? told : told with
    {
        Case = new CaseFact(named.Name!, Open: named.State != Closed, CoversSubject: named.State == OpenForAll || facts.Any(f => f.Kind == Covering && f.Id == named.Id)),
    };
}

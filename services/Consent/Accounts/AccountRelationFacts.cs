using Integritet.Consent.Decisions;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Accounts;

/// <summary>
/// What the actor, under any of their identifiers, is to the account at that instant (AL-8). Of a sub-account: its own holder and its own authorised users; the primary holder of the account above it
/// only where a grant is recorded, with that holder's relation to the sub-account or with its holder's.
/// </summary>
internal sealed class AccountRelationFacts : FactSource
{
    private const string Name = "account-relation";
    private const string Primary = "primary";

    /// <summary>The relation to the account above a granted sub-account: on record as what the grant rests on, and told to no rule.</summary>
    private const string Above = "primary-above";

    public override FactKinds Kind => FactKinds.Relations;

    public override bool OfLinkSet => true;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, r.event_id, r.position, r.relation_id::varchar as id,
               case when r.sub_account is null then r.role when r.role = '{Primary}' then 'granted-sub-account' else r.role end as name,
               {Nothing.Text} as state, r.valid_from as since, r.valid_to as until, {Nothing.Texts} as categories
        from asked a
        join {AccountRelations.Table} r on r.tenant_id = $1 and r.position <= $2 and (r.removed_position is null or r.removed_position > $2)
            and ((r.account = a.what and r.sub_account is null) or (r.sub_account = a.what and (r.role <> '{Primary}' or r.granted)))
        where a.kind = {(int)FactKinds.Relations} and exists (select from linked l where l.of_subject = a.about and l.subject = r.subject)
        union all
        select a.kind, a.about, a.what, v.event_id, v.position, v.relation_id::varchar, v.name, {Nothing.Text}, greatest(s.valid_from, p.valid_from), least(s.valid_to, p.valid_to), {Nothing.Texts}
        from asked a
        join {AccountRelations.Table} s on s.tenant_id = $1 and s.sub_account = a.what and s.role = 'sub-account' and s.granted
            and s.position <= $2 and (s.removed_position is null or s.removed_position > $2)
        join {AccountRelations.Table} p on p.tenant_id = $1 and p.account = s.account and p.sub_account is null and p.role = '{Primary}'
            and p.position <= $2 and (p.removed_position is null or p.removed_position > $2)
        cross join lateral (values (s.event_id, s.position, s.relation_id, 'granted-sub-account'), (p.event_id, p.position, p.relation_id, '{Above}')) v(event_id, position, relation_id, name)
        where a.kind = {(int)FactKinds.Relations} and exists (select from linked l where l.of_subject = a.about and l.subject = p.subject)
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        required.Needs(Kind) && question is { Actor.Subject: { } actor, Context.Account: { } account } ? [new FactAsked(Kind, actor, account)] : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at) =>
        from row in rows
        where row.IsValidAt(at)
        orderby row.Position, row.Name
        select new DecisionFact(Name, row.EventId) { Id = row.Id, Name = row.Name, Since = row.Since };

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => told with { Relations = [.. facts.Where(f => f.Kind == Name && f.Name != Above).Select(f => f.Name!)] };
}

using System.Text.Json;
using Integritet.Consent.Consents;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>What a person has said on a purpose: the newest statement under any of their identifiers.</summary>
internal sealed class ConsentFacts : FactSource
{
    private const string Name = "consent";

    private static readonly Dictionary<string, ConsentState> States =
        Enum.GetValues<ConsentState>().ToDictionary(s => JsonNamingPolicy.KebabCaseLower.ConvertName(s.ToString()), StringComparer.Ordinal);

    private static readonly Dictionary<ConsentState, string> Written = States.ToDictionary(s => s.Value, s => s.Key);

    public override FactKinds Kind => FactKinds.Consents;

    public override bool OfLinkSet => true;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, s.event_id, s.position, {Nothing.Text} as id, {Nothing.Text} as name, s.status as state, s.stated_at as since, s.expires_at as until, {Nothing.Texts} as categories
        from asked a
        join linked l on l.of_subject = a.about
        cross join lateral (
            select c.event_id, c.position, c.status, c.stated_at, c.expires_at from {ConsentStatements.Table} c
            where c.tenant_id = $1 and c.subject = l.subject and c.purpose = a.what and c.position <= $2
            order by c.position desc limit 1) s
        where a.kind = {(int)FactKinds.Consents}
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required) =>
        question.Subject is { } subject && required.Needs(Kind) ? required.ConsentPurposes.Select(purpose => new FactAsked(Kind, subject, purpose)) : [];

    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at)
    {
        var newest = rows.MaxBy(row => row.Position);
        yield return new DecisionFact(Name, newest.EventId) { Purpose = asked.What, State = Written[StateOf(newest, at)], Since = newest.Since };
    }

    public override bool Recorded(DecisionFact fact) => fact.Kind == Name;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) =>
        told with { Consents = [.. facts.Where(Recorded).Select(f => new ConsentFact(f.Purpose!, States[f.State!], f.Since!.Value))] };

    private static ConsentState StateOf(FactRow row, DateTimeOffset at) => row.State switch
    {
        "given" => row.Until <= at ? ConsentState.Expired : ConsentState.Given,
        "withdrawn" => ConsentState.Withdrawn,
        "refused" => ConsentState.Refused,
        _ => throw new InvalidOperationException($"A consent statement cannot be '{row.State}'."),
    };
}

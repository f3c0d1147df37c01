using Integritet.Platform.PolicyEngine;

namespace Integritet.Consent.Decisions;

/// <summary>
/// The links by which identifiers are known to be one person's. They are found with the link sets of the other kinds; where they join who asks with whom it is about, the data is their own.
/// </summary>
internal sealed class LinkFacts : FactSource
{
    /// <summary>A link that was followed.</summary>
    private const string Followed = "link";

    /// <summary>A link of a set that the actor is in.</summary>
    private const string OwnData = "own-data";

    public override FactKinds Kind => FactKinds.Links;

    public override bool OfLinkSet => true;

    public override string Sql { get; } =
        $"""
        select a.kind, a.about, a.what, l.event_id, l.position, l.link_id::varchar as id, {Nothing.Text} as name, l.subject as state, {Nothing.Instant} as since, {Nothing.Instant} as until, {Nothing.Texts} as categories
        from asked a join linked l on l.of_subject = a.about
        where a.kind = {(int)FactKinds.Links} and l.event_id is not null
        """;

    public override IEnumerable<FactAsked> NeededBy(RecordedQuestion question, RequiredFacts required)
    {
        var actor = question.Actor?.Subject;
        if (question.Subject is { } subject && (LooksUnderEveryIdentifier(required) || (required.Needs(Kind) && actor is not null && actor != subject)))
            yield return new FactAsked(Kind, subject);
        if (actor is not null && actor != question.Subject && required.Needs(FactKinds.Relations))
            yield return new FactAsked(Kind, actor);
    }

    // A row names in State the identifier the link leads to.
    public override IEnumerable<DecisionFact> Found(RecordedQuestion question, FactAsked asked, IReadOnlyList<FactRow> rows, DateTimeOffset at)
    {
        var joined = question.Actor?.Subject is { } actor && asked.About == question.Subject && rows.Any(row => string.Equals(row.State, actor, StringComparison.Ordinal));
        return from row in rows.DistinctBy(row => row.EventId) orderby row.Position select new DecisionFact(joined ? OwnData : Followed, row.EventId) { Id = row.Id };
    }

    public override bool Recorded(DecisionFact fact) => fact.Kind is Followed or OwnData;

    public override Facts Tell(Facts told, IReadOnlyList<DecisionFact> facts) => facts.Any(f => f.Kind == OwnData) ? told with { OwnData = true } : told;

    private static bool LooksUnderEveryIdentifier(RequiredFacts required) =>
        required.Needs(FactKinds.Contacts | FactKinds.Cases) || (required.Needs(FactKinds.Consents) && !required.ConsentPurposes.IsEmpty);
}

using Integritet.Consent.Subjects;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class LinkSubjectsTests
{
    private static readonly SubjectLinkEvent.Linked Linked = new(ConsentId, "ps_a", ["ps_a", "ps_b"], "order 4");
    private static readonly SubjectLinkEvent.Removed Removed = new(ConsentId, ["ps_a", "ps_b"]);

    [Fact]
    public void Identifiers_are_linked_with_their_evidence() => Assert.Equal(Linked, Link(After()).ThenOne<SubjectLinkEvent.Linked>() with { Subjects = Linked.Subjects });

    [Fact]
    public void Linking_again_on_the_same_evidence_changes_nothing() => Link(After(Linked)).ThenNothing();

    [Fact]
    public void Other_evidence_is_recorded() => Assert.Equal("passport", Link(After(Linked), "passport").ThenOne<SubjectLinkEvent.Linked>().Evidence);

    [Fact]
    public void What_was_removed_can_be_linked_anew() => Link(After(Linked, Removed)).ThenOne<SubjectLinkEvent.Linked>();

    [Fact]
    public void One_identifier_is_no_link() => LinkSubjects.Decide(After(), new LinkSubjects(ConsentId, ["ps_a"], "order 4"), LinkSetSize.None).ThenRefused(422, "/subjects");

    [Fact]
    public void A_link_has_its_limit() =>
        LinkSubjects.Decide(After(), new LinkSubjects(ConsentId, [.. Enumerable.Range(0, 21).Select(i => $"ps_{i}")], "order 4"), LinkSetSize.None).ThenRefused(422, "/subjects");

    [Fact]
    public void A_person_has_a_limit() => Link(After(), identifiers: LinkSubjects.MaxLinkSet + 1).ThenRefused(422, "/subjects");

    [Fact]
    public void So_have_the_links_of_a_person()
    {
        Link(After(), links: LinkSubjects.MaxLinkSet).ThenRefused(422, "/subjects");
        Link(After(Linked), links: LinkSubjects.MaxLinkSet).ThenNothing();
    }

    [Fact]
    public void Nothing_is_linked_without_evidence() => Link(After(), " ").ThenRefused(422, "/evidence");

    [Fact]
    public void A_removal_names_the_identifiers_for_those_who_are_told() => Assert.Equal(["ps_a", "ps_b"], RemoveSubjectLink.Decide(After(Linked)).ThenOne<SubjectLinkEvent.Removed>().Subjects);

    [Fact]
    public void Removing_again_changes_nothing() => RemoveSubjectLink.Decide(After(Linked, Removed)).ThenNothing();

    [Fact]
    public void What_was_never_linked_is_not_found() => RemoveSubjectLink.Decide(After()).ThenRefused(404);

    private static SubjectLink After(params SubjectLinkEvent[] events) => SubjectLink.Aggregate.Fold(SubjectLink.Aggregate.Initial, events);

    private static Platform.Hosting.Decided Link(SubjectLink state, string evidence = "order 4", int identifiers = 2, int links = 0) =>
        LinkSubjects.Decide(state, new LinkSubjects(ConsentId, ["ps_a", "ps_b"], evidence), new LinkSetSize(identifiers, links));
}

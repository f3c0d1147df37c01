using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;

namespace Integritet.Consent.Subjects;

/// <summary>What can happen to a link between identifiers.</summary>
public abstract record SubjectLinkEvent
{
    private SubjectLinkEvent() { }

    /// <summary>Identifiers were found to be one person's.</summary>
    /// <param name="FirstSubject">The first of them, under whose key the evidence lies.</param>
    /// <param name="Subjects">Their pseudonyms, in order.</param>
    /// <param name="Evidence">How it was found; null once erased.</param>
    [StoredEvent("subjects-linked.v1")]
    public sealed record Linked(Guid LinkId, [property: DataSubject] string FirstSubject, IReadOnlyList<string> Subjects, [property: Personal] string? Evidence) : SubjectLinkEvent;

    /// <summary>They are not, or no longer.</summary>
    [StoredEvent("subject-link-removed.v1")]
    public sealed record Removed(Guid LinkId, IReadOnlyList<string> Subjects) : SubjectLinkEvent;
}

/// <summary>One link between identifiers, as far as commands on it need to know.</summary>
/// <param name="Recorded">How it was last recorded; null where it never was.</param>
/// <param name="Stands">Whether it has not been removed since.</param>
public sealed record SubjectLink(SubjectLinkEvent.Linked? Recorded, bool Stands)
{
    /// <summary>Streams <c>subject-link-{id}</c>.</summary>
    public static Aggregate<SubjectLink> Aggregate { get; } = new("subject-link", new SubjectLink(null, Stands: false), Evolve);

    public static SubjectLink Evolve(SubjectLink state, object @event) => (state, @event) switch
    {
        (_, SubjectLinkEvent.Linked e) => new SubjectLink(e, Stands: true),
        ({ Stands: true }, SubjectLinkEvent.Removed) => state with { Stands = false },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on a link that {(state.Stands ? "stands" : "does not stand")}."),
    };
}

/// <summary>A link as callers see it.</summary>
public sealed record SubjectLinkView(Guid LinkId, LinkStatus Status, IReadOnlyList<string> Subjects)
{
    public static SubjectLinkView Of(SubjectLink link) => new(link.Recorded!.LinkId, link.Stands ? LinkStatus.Linked : LinkStatus.Removed, link.Recorded.Subjects);
}

/// <summary>Whether a link stands.</summary>
public enum LinkStatus
{
    Linked,
    Removed,
}

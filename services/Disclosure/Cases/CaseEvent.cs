using System.Text.Json.Serialization;
using Integritet.Platform.EventStore;
using Integritet.Platform.PersonalData;

namespace Integritet.Disclosure.Cases;

/// <summary>What can happen to one case. What officers write about it may name people, so it rests under a key of the case's own.</summary>
public abstract record CaseEvent
{
    private CaseEvent() { }

    /// <summary>A case is open.</summary>
    /// <param name="Limited">It was opened with subjects, who follow: it covers only those.</param>
    /// <param name="ObjectionUntil">Of a business transfer: until when subjects may object (AL-7).</param>
    [StoredEvent("case-opened.v1")]
    public sealed record Opened(
        [property: DataSubject] Guid CaseId, string Reference, string Kind, [property: Personal] string? Reason, bool Limited, DateTimeOffset? ObjectionUntil) : CaseEvent;

    /// <summary>It covers these people; one that covered everybody no longer does.</summary>
    /// <param name="Pseudonyms">At most 1,000.</param>
    [StoredEvent("case-subjects-added.v1")]
    public sealed record SubjectsAdded(Guid CaseId, IReadOnlyList<string> Pseudonyms) : CaseEvent, IConcernsSubjects
    {
        [JsonIgnore]
        public IReadOnlyList<string> Subjects => Pseudonyms;
    }

    /// <summary>It is closed, for good: it permits nothing any more.</summary>
    [StoredEvent("case-closed.v1")]
    public sealed record Closed(
        [property: DataSubject] Guid CaseId, string Reference, string Kind, [property: Personal] string? Text, bool Limited) : CaseEvent;
}

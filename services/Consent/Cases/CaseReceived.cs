using System.Text.Json.Serialization;
using Integritet.Consent.Integration;
using Integritet.Platform.EventStore;

namespace Integritet.Consent.Cases;

/// <summary>A case at Disclosure, as it stands.</summary>
/// <param name="Limited">It was opened with subjects: it covers only those, none before they are told.</param>
[StoredEvent("case-received.v1")]
public sealed record CaseReceived(string SourceStream, long SourceVersion, Guid CaseId, string Reference, string Kind, bool Open, bool Limited) : ToldByDisclosure(SourceStream, SourceVersion);

/// <summary>A case covers these people, and from now on nobody whom it was not told to cover.</summary>
[StoredEvent("case-subjects-received.v1")]
public sealed record CaseSubjectsReceived(string SourceStream, long SourceVersion, Guid CaseId, IReadOnlyList<string> Pseudonyms) : ToldByDisclosure(SourceStream, SourceVersion), IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => Pseudonyms;
}

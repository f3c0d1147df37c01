using System.Globalization;
using System.Text.Json.Serialization;
using Integritet.Contracts;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;

namespace Integritet.Retention.LegalHolds;

/// <summary>What Disclosure has told of a case, kept as an event of this service: one of kind <c>preservation</c> holds from its commit here.</summary>
/// <param name="SourceStream">The stream there whose state it is.</param>
/// <param name="SourceVersion">The version of that stream.</param>
public abstract record ToldByDisclosure(string SourceStream, long SourceVersion) : IReceivedFact
{
    /// <summary>Name of that service.</summary>
    public const string Source = "disclosure";

    /// <summary>The stream that keeps a message here, and the event it is kept as. Whom a case covers is kept apart from how it stands: each is then taken whenever it comes.</summary>
    public static (string Stream, ToldByDisclosure Fact) Of(IStateMessage message) => message switch
    {
        CaseChanged m => ($"received-case-{m.CaseId}", new CaseTold(m.SourceStream, m.SourceVersion, m.CaseId, m.Reference, m.Kind, m.Open, m.Limited)),
        CaseSubjectsAdded m => (
            string.Create(CultureInfo.InvariantCulture, $"received-case-subjects-{m.CaseId}-{m.SourceVersion}"), new CaseSubjectsTold(m.SourceStream, m.SourceVersion, m.CaseId, m.Pseudonyms)),
        _ => throw new ArgumentException($"Disclosure does not tell {message.GetType().Name}.", nameof(message)),
    };
}

/// <summary>A case at Disclosure, as it stands.</summary>
/// <param name="Limited">It was opened with subjects: it covers only those, none before they are told.</param>
[StoredEvent("case-told.v1")]
public sealed record CaseTold(string SourceStream, long SourceVersion, Guid CaseId, string Reference, string Kind, bool Open, bool Limited) : ToldByDisclosure(SourceStream, SourceVersion)
{
    /// <summary>The kind that keeps data from being erased: an order is announced.</summary>
    public const string Preservation = "preservation";
}

/// <summary>A case covers these people, and from now on nobody whom it was not told to cover.</summary>
[StoredEvent("case-subjects-told.v1")]
public sealed record CaseSubjectsTold(string SourceStream, long SourceVersion, Guid CaseId, IReadOnlyList<string> Pseudonyms) : ToldByDisclosure(SourceStream, SourceVersion), IConcernsSubjects
{
    [JsonIgnore]
    public IReadOnlyList<string> Subjects => Pseudonyms;
}

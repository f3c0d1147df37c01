namespace Integritet.Contracts;

/// <summary>
/// Identifiers of one person, or no longer: the whole state of one link. Links that share an identifier join all of theirs, so who keeps link sets keeps every link that stands and follows them from one
/// to the next. Sent by Consent.
/// </summary>
/// <param name="LinkId">Which link.</param>
/// <param name="Subjects">Pseudonyms of the identifiers it joins.</param>
/// <param name="Linked">Whether it stands; false: it was removed.</param>
[ConsumedBy("retention")]
public sealed record SubjectLinkChanged(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition, Guid LinkId, IReadOnlyList<string> Subjects, bool Linked) : IStateMessage;

/// <summary>A system of record as it now stands: one nobody registered holds nothing. Sent by Consent.</summary>
/// <param name="Name">Its name, unique at the controller.</param>
/// <param name="Encrypted">Whether what it holds is encrypted (NI-11).</param>
/// <param name="Processor">Who runs it, where that is not the controller itself.</param>
[ConsumedBy("retention")]
public sealed record SystemRegistered(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition, string Name, bool Encrypted, string? Processor) : IStateMessage;

namespace Integritet.Contracts;

/// <summary>A recipient has been registered. A recipient may be a person, so its name does not travel.</summary>
/// <param name="RecipientId">Its id, which decisions name as the actor's.</param>
/// <param name="Kind">Kind of recipient (api.md).</param>
/// <param name="Country">ISO 3166-1 alpha-2.</param>
/// <param name="Safeguard">Safeguard for transfers to it (art. 46); null: none.</param>
[ConsumedBy("consent")]
public sealed record RecipientRegistered(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid RecipientId, string Kind, string Country, string? Safeguard) : IStateMessage;

/// <summary>An agreement with a recipient has been registered. It never changes.</summary>
/// <param name="AgreementId">Its id.</param>
/// <param name="RecipientId">With whom.</param>
/// <param name="RecipientKind">What kind of recipient that is.</param>
/// <param name="Type"><c>nda</c>, <c>dpa</c> or <c>business</c>.</param>
/// <param name="SignedAt">In force from then on.</param>
/// <param name="ExpiresAt">In force until then; null: it does not end (PA-5).</param>
[ConsumedBy("consent")]
public sealed record AgreementRegistered(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid AgreementId, Guid RecipientId, string RecipientKind, string Type, DateTimeOffset SignedAt, DateTimeOffset? ExpiresAt) : IStateMessage;

/// <summary>An employee has been given the right of access to categories of data (PA-4). It never changes.</summary>
/// <param name="AccessRightId">Its id.</param>
/// <param name="RecipientId">To whom.</param>
/// <param name="RecipientKind">What kind of recipient that is.</param>
/// <param name="Categories">The categories, as the policy names them.</param>
/// <param name="ValidFrom">From then on.</param>
/// <param name="ValidTo">Until then; null: it does not end.</param>
[ConsumedBy("consent")]
public sealed record AccessRightGranted(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid AccessRightId, Guid RecipientId, string RecipientKind, IReadOnlyList<string> Categories, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo) : IStateMessage;

/// <summary>A case as it stands: opened, or closed for good. Whom it covers is told by <see cref="CaseSubjectsAdded"/>. One of kind <c>preservation</c> is a legal hold while it is open (LAW-17).</summary>
/// <param name="CaseId">Its id.</param>
/// <param name="Reference">Names it too; unique at its controller.</param>
/// <param name="Kind">Kind of case (api.md).</param>
/// <param name="Open">Whether it is open.</param>
/// <param name="Limited">It was opened with subjects: it covers only those, none before they are told. One opened without covers everybody until some are added.</param>
[ConsumedBy("consent", "retention")]
public sealed record CaseChanged(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid CaseId, string Reference, string Kind, bool Open, bool Limited) : IStateMessage;

/// <summary>A case covers these people, and from now on nobody whom it was not told to cover.</summary>
/// <param name="CaseId">The case.</param>
/// <param name="Pseudonyms">At most 1,000; those of earlier messages remain.</param>
[ConsumedBy("consent", "retention")]
public sealed record CaseSubjectsAdded(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid CaseId, IReadOnlyList<string> Pseudonyms) : IStateMessage;

/// <summary>
/// A service applies what another told it: every decision of that service from <paramref name="AppliedAt"/> on knows it. By it the service that told shows since when a fact is effective.
/// </summary>
/// <param name="FactSource">The service that told.</param>
/// <param name="FactStream">The stream there whose state it is.</param>
/// <param name="FactVersion">The version of that stream.</param>
/// <param name="AppliedAt">Commit stamp at the service that applies it.</param>
[ConsumedBy("disclosure")]
public sealed record FactApplied(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    string FactSource, string FactStream, long FactVersion, DateTimeOffset AppliedAt) : IStateMessage;

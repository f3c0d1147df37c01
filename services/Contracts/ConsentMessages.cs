namespace Integritet.Contracts;

/// <summary>
/// What a person has said on some purposes. It never changes: of all that was said on a purpose under any of a person's identifiers, the newest by source position decides, whenever it arrives. Sent by Consent.
/// </summary>
/// <param name="ConsentId">The record it is part of; a withdrawal names the consent it takes back.</param>
/// <param name="Subject">Pseudonym.</param>
/// <param name="Purposes">The purposes spoken of, as the policy names them.</param>
/// <param name="Statement"><c>given</c>, <c>refused</c> or <c>withdrawn</c>.</param>
/// <param name="StatedAt">Commit stamp at Consent: decisions go by it from then on.</param>
/// <param name="ExpiresAt">Of one given: until when; null: it does not end by itself.</param>
[ConsumedBy("retention")]
public sealed record ConsentStated(
    string Controller, string Source, string SourceStream, long SourceVersion, long SourcePosition,
    Guid ConsentId, string Subject, IReadOnlyList<string> Purposes, string Statement, DateTimeOffset StatedAt, DateTimeOffset? ExpiresAt) : IStateMessage;

namespace Integritet.PersonalData.Tests;

[StoredEvent("contact-agreed.v1")]
public sealed record ContactAgreed([DataSubject] string Subject, string Kind, [Personal] string? Value, [Personal] string? Remark = null);

[StoredEvent("people-linked.v1")]
public sealed record PeopleLinked(string LinkId, IReadOnlyList<Identifier> Identifiers, IReadOnlyDictionary<string, Identifier> ByRole);

public sealed record Identifier([DataSubject] string Subject, [Personal] string? Value);

[StoredEvent("letter-received.v1")]
public sealed record LetterReceived([property: DataSubject] string Subject, Letter Letter);

public sealed record Letter(string Channel, [property: Personal] IReadOnlyList<string?> Lines, [property: Personal] string? From);

[StoredEvent("parcel-sent.v1")]
public sealed record ParcelSent(string Parcel);

using Integritet.Platform.EventStore;

namespace Integritet.Gateway.Access;

/// <summary>One API call: who, what, on whose data, with which outcome, when, with which credential. The path itself is not kept: a client may have put anything into it.</summary>
/// <param name="Operation">Name of the route; <c>unknown</c> where there is none.</param>
/// <param name="Route">Pattern of the path.</param>
/// <param name="Principal">The API key's id, or the subject's pseudonym; <c>anonymous</c> without a good credential.</param>
/// <param name="Person">Who answers for the key.</param>
/// <param name="Credential">The API key's id, or the subject token's.</param>
/// <param name="Subjects">Pseudonyms of those whose data the answer is about.</param>
/// <param name="Status">HTTP status of the answer; 499 when the client left before it.</param>
[StoredEvent("api-call-recorded.v1")]
public sealed record ApiCallRecorded(
    string Operation, string Method, string Route, string? Controller, string Principal, string? Person, string? Credential, IReadOnlyList<string> Roles,
    IReadOnlyList<string> Subjects, int Status, DateTimeOffset ReceivedAt, string CorrelationId, bool Secure);

/// <summary>Calls that were turned away with 429 and have no record of their own, so that noise cannot fill the log: how many, by credential.</summary>
/// <param name="Calls">Count by API key id; <c>anonymous</c> without a good credential.</param>
[StoredEvent("api-calls-turned-away.v1")]
public sealed record ApiCallsTurnedAway(DateTimeOffset From, DateTimeOffset To, IReadOnlyDictionary<string, long> Calls);

using System.Text.Json.Serialization;
using Integritet.Platform.Hosting;

namespace Integritet.Retention.LegalHolds;

/// <summary>A legal hold as callers see it. One that a preservation case is has the case's id and reference; why it was opened, and came to its end, Disclosure knows.</summary>
public sealed record LegalHoldAnswer(
    Guid HoldId, string Case, string Status, string? Reason, string? Subject, IReadOnlyList<Guid> Holdings, IReadOnlyList<RecalledInstruction> Recalled, DateTimeOffset PlacedAt,
    DateTimeOffset? ReleasedAt, string? ReleaseReason)
{
    /// <summary>Whom the case covers that is this hold; null for one that an officer placed.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public CaseCoverage? CaseCovers { get; init; }

    internal static Problem NoSuchHold() => Problems.NotFound("There is no such legal hold.");

    internal static IResult Of(HttpContext http, Answered<LegalHold> answered)
    {
        http.SetETag(answered.Version);
        if (answered.Status == StatusCodes.Status201Created)
            http.Response.Headers.Location = $"/v1/{http.Controller()}/retention/legal-holds/{answered.ResourceId}";
        return Results.Json(Of(answered.State), JsonText.Options, statusCode: answered.Status);
    }

    internal static LegalHoldAnswer? Of(LegalHold state) => state switch
    {
        LegalHold.InForce held => Of(held.Placed, released: null),
        LegalHold.Ended ended => Of(ended.Placed, ended.Released),
        _ => null,
    };

    private static LegalHoldAnswer Of(LegalHoldEvent.Placed placed, LegalHoldEvent.Released? released) => new(
        placed.HoldId, placed.Case, released is null ? "in-force" : "released", placed.Reason, placed.Subject, placed.Holdings, placed.Recalled, placed.PlacedAt, released?.ReleasedAt, released?.Reason);
}

/// <summary>Whom a case covers.</summary>
/// <param name="Subjects">How many people; null: everybody.</param>
public sealed record CaseCoverage(long? Subjects);

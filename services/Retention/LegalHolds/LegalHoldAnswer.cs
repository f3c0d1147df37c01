using Integritet.Platform.Hosting;

namespace Integritet.Retention.LegalHolds;

/// <summary>A legal hold as callers see it.</summary>
public sealed record LegalHoldAnswer(
    Guid HoldId, string Case, string Status, string? Reason, string? Subject, IReadOnlyList<Guid> Holdings, IReadOnlyList<RecalledInstruction> Recalled, DateTimeOffset PlacedAt,
    DateTimeOffset? ReleasedAt, string? ReleaseReason)
{
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

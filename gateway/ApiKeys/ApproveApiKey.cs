using Integritet.Gateway.Access;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.ApiKeys;

/// <summary>A second operator approves a key: another person than the one who granted it, who has its controllers and systems too.</summary>
public static class ApproveApiKey
{
    public static Decided Decide(ApiKey? state, Credential approver, DateTimeOffset now) => state switch
    {
        null => Decided.Refuse(Problems.NotFound("There is no such key.")),
        _ when !approver.MayGrant(state) => Decided.Refuse(Problems.NotFound("There is no such key.")),
        { RevokedAt: not null } => Decided.Refuse(Problems.Conflict("The key is revoked.")),
        _ when state.ExpiresAt <= now => Decided.Refuse(Problems.Conflict("The key has expired.")),
        { NeedsApproval: false } or { ApprovedAt: not null } => Decided.Accept(StatusCodes.Status200OK),
        _ when string.Equals(state.CreatedByPerson, approver.Caller.Person, StringComparison.Ordinal) =>
            Decided.Refuse(Problems.Forbidden("A key is approved by another person than the one who granted it.")),
        _ => Decided.Accept(StatusCodes.Status200OK, new ApiKeyApproved(state.Id, approver.Id, approver.Caller.Person!, now)),
    };

    public static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, AccessFollower access, TimeProvider time)
    {
        var approver = http.Credential();
        return commands.RunUntilShownAsync(
            access, http.Command(), ApiKey.Aggregate, id.ToString("N"),
            state => Decide(state, approver, time.GetUtcNow()),
            answered => TypedResults.Ok(ApiKeyDocument.Of(answered.State!, time.GetUtcNow())),
            (key, current) => !key!.NeedsApproval || current.Find(id) is { Key.ApprovedAt: not null });
    }
}

using Integritet.Gateway.Access;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.ApiKeys;

/// <summary>An operator ends a key at once: every replica refuses it within a second.</summary>
public static class RevokeApiKey
{
    public static Decided Decide(ApiKey? state, Credential revoker, DateTimeOffset now) => state switch
    {
        null => Decided.Refuse(Problems.NotFound("There is no such key.")),
        _ when !revoker.MayGrant(state) => Decided.Refuse(Problems.NotFound("There is no such key.")),
        { RevokedAt: not null } => Decided.Accept(StatusCodes.Status200OK),
        _ => Decided.Accept(StatusCodes.Status200OK, new ApiKeyRevoked(state.Id, revoker.Id, revoker.Caller.Person!, now)),
    };

    public static Task<IResult> HandleAsync(HttpContext http, Guid id, Commands commands, AccessFollower access, TimeProvider time)
    {
        var revoker = http.Credential();
        return commands.RunUntilShownAsync(
            access, http.Command(), ApiKey.Aggregate, id.ToString("N"),
            state => Decide(state, revoker, time.GetUtcNow()),
            answered => TypedResults.Ok(ApiKeyDocument.Of(answered.State!, time.GetUtcNow())),
            (_, current) => current.Find(id) is { Key.RevokedAt: not null });
    }
}

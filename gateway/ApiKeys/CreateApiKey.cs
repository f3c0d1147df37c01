using Integritet.Gateway.Access;
using Integritet.Platform.Hosting;

namespace Integritet.Gateway.ApiKeys;

/// <summary>
/// An operator grants a new key. It may have any role, but only controllers and systems that the operator has. A key that decides, reads the trail or runs the installation is pending until
/// another person approves it.
/// </summary>
public static class CreateApiKey
{
    private const int MaxNameLength = 200;
    private const int MaxEntries = 100;
    private static readonly TimeSpan MaxLife = TimeSpan.FromDays(5 * 366);

    public sealed record Request(
        string Name, string Person, IReadOnlyList<string> Roles, IReadOnlyList<string> Controllers, DateTimeOffset ExpiresAt, IReadOnlyList<string>? Systems = null);

    public static Decided Decide(ApiKey? state, Guid id, byte[] secretHash, Request request, Credential grantor, AccessDirectory directory, DateTimeOffset now)
    {
        if (state is not null)
            return Decided.Refuse(Problems.Conflict("The key exists."));
        var faults = Faults(request, directory, now).ToArray();
        if (faults.Length > 0)
            return Decided.Refuse(Problems.Unprocessable("The key cannot be granted.", faults));
        if (!request.Controllers.All(grantor.Reaches) || !grantor.Systems.Covers(SystemScope.Of(request.Systems ?? [])))
            return Decided.Refuse(Problems.Forbidden("An operator grants only controllers and systems of its own."));
        return Decided.Accept(
            StatusCodes.Status201Created,
            new ApiKeyCreated(
                id, request.Name, request.Person, RoleNames.Of(RoleNames.Parse(request.Roles)!.Value), [.. request.Controllers.Distinct()], [.. (request.Systems ?? []).Distinct()],
                request.ExpiresAt, Convert.ToBase64String(secretHash), grantor.Id, grantor.Caller.Person!, now));
    }

    private static IEnumerable<ProblemError> Faults(Request request, AccessDirectory directory, DateTimeOffset now)
    {
        if (!IsText(request.Name))
            yield return new($"A name has 1 to {MaxNameLength} characters.", "/name");
        if (!IsText(request.Person))
            yield return new($"The person who answers for the key is an identifier of 1 to {MaxNameLength} characters.", "/person");
        if (request.Roles.Count == 0 || RoleNames.Parse(request.Roles) is not { } roles || (roles & ~RoleNames.OfKeys) != Role.None)
            yield return new("A key has at least one role of system, officer, auditor and operator.", "/roles");
        if (request.Controllers.Count is 0 or > MaxEntries)
            yield return new($"A key has 1 to {MaxEntries} controllers, or '*'.", "/controllers");
        for (var i = 0; i < Math.Min(request.Controllers.Count, MaxEntries); i++)
            if (request.Controllers[i] != "*" && !directory.Controllers.Contains(request.Controllers[i]))
                yield return new("There is no such controller.", $"/controllers/{i}", "unknown-controller");
        if (request.Systems is { } systems && (systems.Count > MaxEntries || !SystemScope.WellFormed(systems)))
            yield return new($"Systems are at most {MaxEntries} names, or '*' and exceptions as '!name'.", "/systems");
        if (request.ExpiresAt <= now || request.ExpiresAt > now + MaxLife)
            yield return new("A key expires in the future, within five years.", "/expiresAt");
    }

    private static bool IsText(string text) => text.Trim().Length is > 0 and <= MaxNameLength && !text.Any(char.IsControl);

    public static async Task<IResult> HandleAsync(HttpContext http, Commands commands, AccessFollower access, TimeProvider time)
    {
        var request = await http.ReadBodyAsync<Request>();
        var grantor = http.Credential();
        var directory = await access.FreshAsync();
        var id = Guid.CreateVersion7();
        var secret = KeySecret.Generate();
        return await commands.RunUntilShownAsync(
            access, http.Command(), ApiKey.Aggregate, id.ToString("N"),
            state => Decide(state, id, KeySecret.Hash(secret), request, grantor, directory, time.GetUtcNow()),
            answered =>
            {
                var shown = ApiKeyDocument.Of(answered.State!, time.GetUtcNow()) with
                {
                    Secret = answered.Repeated ? null : KeySecret.Text(id, secret),
                    AlreadyIssued = answered.Repeated ? true : null,
                };
                return TypedResults.Created($"/v1/api-keys/{shown.Id}", shown);
            },
            (key, current) => current.Find(key!.Id) is not null,
            isNew: true);
    }
}

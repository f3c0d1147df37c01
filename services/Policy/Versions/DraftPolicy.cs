using System.Globalization;
using Integritet.Platform.Hosting;

namespace Integritet.Policy.Versions;

/// <summary><c>POST /v1/{controller}/policies</c>: a new version, as a draft.</summary>
public static class DraftPolicy
{
    private const int MaxAttempts = 100;

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/v1/{controller}/policies", HandleAsync).RequireRoles(Roles.Officer).WithName("draftPolicy").WithSummary("Hands in a new policy version as a draft.");

    private static async Task<IResult> HandleAsync(HttpContext http, Commands commands, VersionList versions, TimeProvider time)
    {
        var handedIn = await HandedInDocument.ReadAsync(http);
        var command = http.Command();
        var number = 1 + ((await versions.NewestAsync(command.Controller, http.RequestAborted))?.Version ?? 0);
        // Somebody else may take the number first: then the next one.
        for (var last = number + MaxAttempts; number < last; number++)
        {
            var taken = false;
            var drafted = new PolicyDrafted(number, handedIn.Policy.Hash, handedIn.Text, File: null, time.GetUtcNow());
            var result = await commands.RunAsync(
                command, PolicyVersion.Aggregate, number.ToString(CultureInfo.InvariantCulture),
                state =>
                {
                    taken = state.Exists;
                    return Decide(state, drafted);
                },
                VersionAnswer.Of);
            if (!taken || result is not Problem)
                return result;
        }
        return Problems.Unavailable("Too many drafts are being handed in at the same time.", retryAfterSeconds: 1);
    }

    /// <summary>A version is drafted once.</summary>
    public static Decided Decide(PolicyVersion state, PolicyDrafted drafted) =>
        state.Exists ? Decided.Refuse(Problems.Conflict("This version exists already.")) : Decided.Accept(StatusCodes.Status201Created, drafted);
}

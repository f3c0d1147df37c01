using System.Globalization;
using Integritet.Platform.Hosting;

namespace Integritet.Policy.Versions;

/// <summary><c>PUT /v1/{controller}/policies/{version}</c>: replaces a draft that nobody has changed since it was read (<c>If-Match</c>).</summary>
public static class ReplaceDraft
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPut("/v1/{controller}/policies/{version:int:min(1)}", HandleAsync).RequireRoles(Roles.Officer).WithName("replacePolicyDraft").WithSummary("Replaces a draft.");

    private static async Task<IResult> HandleAsync(HttpContext http, int version, Commands commands, TimeProvider time)
    {
        var handedIn = await HandedInDocument.ReadAsync(http);
        return await commands.RunAsync(
            http.Command(), PolicyVersion.Aggregate, version.ToString(CultureInfo.InvariantCulture),
            state => Decide(state, new PolicyDraftReplaced(version, handedIn.Policy.Hash, handedIn.Text, time.GetUtcNow())),
            VersionAnswer.Of,
            requireIfMatch: true);
    }

    /// <summary>A published version never changes; the same document again changes nothing.</summary>
    public static Decided Decide(PolicyVersion state, PolicyDraftReplaced replaced)
    {
        if (!state.Exists)
            return Decided.Refuse(Problems.NotFound());
        if (state.IsPublished)
            return Decided.Refuse(Problems.Conflict("This version is published and cannot change. Hand in a new one."));
        return string.Equals(state.Document, replaced.Document, StringComparison.Ordinal)
            ? Decided.Accept(StatusCodes.Status200OK)
            : Decided.Accept(StatusCodes.Status200OK, replaced);
    }
}

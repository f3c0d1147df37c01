using System.Globalization;
using System.Text.Json.Serialization;
using Integritet.Platform.Hosting;

namespace Integritet.Policy.Versions;

/// <summary>Where a version stands.</summary>
public enum VersionStatus
{
    /// <summary>Can still be replaced; decides nothing.</summary>
    Draft,

    /// <summary>Published; decides nothing before <c>effectiveFrom</c>.</summary>
    Published,

    /// <summary>Decides.</summary>
    InForce,

    /// <summary>A newer version decides.</summary>
    Superseded,
}

/// <summary>A version as the API shows it.</summary>
/// <param name="Version">From 1.</param>
/// <param name="Hash">Lower-case hex SHA-256 over the document's canonical bytes.</param>
/// <param name="Status">Where it stands.</param>
/// <param name="DraftedAt">When it was handed in first.</param>
/// <param name="PublishedAt">When it was published.</param>
/// <param name="EffectiveFrom">From when it decides.</param>
/// <param name="AskAgain">Purposes whose consents, given under the version published before, do not cover what this one does: who gave them must be asked again. Absent in lists and where there is no such version.</param>
public sealed record VersionAnswer(
    int Version,
    string Hash,
    VersionStatus Status,
    DateTimeOffset DraftedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? PublishedAt,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] DateTimeOffset? EffectiveFrom,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<AskAgain>? AskAgain = null)
{
    /// <summary>The answer to a command on a version: what the command made of it, <c>draft</c> or <c>published</c>, and who must be asked again.</summary>
    public static IResult Of(Answered<PolicyVersion> answered) => new Commanded(answered);

    private sealed class Commanded(Answered<PolicyVersion> answered) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var state = answered.State;
            var askAgain = await httpContext.RequestServices.GetRequiredService<Changes>().AskAgainAsync(httpContext.Controller(), state, httpContext.RequestAborted);
            httpContext.SetETag(answered.Version);
            var answer = new VersionAnswer(
                state.Version, state.Hash, state.IsPublished ? VersionStatus.Published : VersionStatus.Draft, state.DraftedAt, state.PublishedAt, state.EffectiveFrom, askAgain);
            await (answered.Status == StatusCodes.Status201Created
                ? (IResult)TypedResults.Created(string.Create(CultureInfo.InvariantCulture, $"/v1/{httpContext.Controller()}/policies/{state.Version}"), answer)
                : TypedResults.Ok(answer)).ExecuteAsync(httpContext);
        }
    }

    /// <summary>A version as it stands at an instant.</summary>
    /// <param name="row">The version.</param>
    /// <param name="inForce">Number of the version in force then; 0: none.</param>
    public static VersionAnswer Of(VersionRow row, int inForce)
    {
        var status = row switch
        {
            { PublishedAt: null } => VersionStatus.Draft,
            _ when row.Version == inForce => VersionStatus.InForce,
            _ when row.Version < inForce => VersionStatus.Superseded,
            _ => VersionStatus.Published,
        };
        return new VersionAnswer(row.Version, row.Hash, status, row.DraftedAt, row.PublishedAt, row.EffectiveFrom);
    }
}

using System.Text.Json.Serialization;
using Integritet.Contracts;
using Integritet.Disclosure.Integration;
using Integritet.Platform.Hosting;

namespace Integritet.Disclosure.Cases;

/// <summary>A case as callers see it.</summary>
/// <param name="Subjects">How many people it covers; null: everybody.</param>
/// <param name="EffectiveAt">Since when every service that decides knows it as it stands; null before.</param>
public sealed record CaseView(
    Guid CaseId, string Reference, string Kind, CaseStatus Status, int? Subjects, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, DateTimeOffset? EffectiveAt)
{
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? ObjectionUntil { get; init; }

    /// <summary>Why it was opened; not in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>What came of it; not in lists.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Closure { get; init; }

    internal static CaseView Of(CaseRow row, ConfirmedVersions confirmed)
    {
        var stream = CaseRecord.Aggregate.StreamOf(row.CaseId.ToString());
        return new CaseView(
            row.CaseId, row.Reference, row.Kind, row.ClosedAt is null ? CaseStatus.Open : CaseStatus.Closed, row.Subjects, row.OpenedAt, row.ClosedAt,
            row.ClosedAt is null ? OpenSince(confirmed, stream, row.Version) : confirmed.EffectiveAt<CaseChanged>(stream, row.Version))
        {
            ObjectionUntil = row.ObjectionUntil,
        };
    }

    // A closure stands alone; until then everything that was told of the case counts: its opening, and everybody who was added.
    private static DateTimeOffset? OpenSince(ConfirmedVersions confirmed, string stream, long upTo)
    {
        var last = confirmed.EffectiveAt<CaseChanged>(stream, 1);
        for (var version = 2L; version <= upTo && last is not null; version++)
            last = confirmed.EffectiveAt<CaseSubjectsAdded>(stream, version) is not { } at ? null : last > at ? last : at;
        return last;
    }
}

/// <summary>Where a case stands.</summary>
public enum CaseStatus
{
    Open,
    Closed,
}

/// <summary>Answers a command on a case with how it is seen.</summary>
internal sealed class CaseAnswer(Answered<CaseRecord> answered, string controller) : IResult
{
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var services = httpContext.RequestServices;
        var opened = (CaseRecord.Opened)answered.State;
        var row = await services.GetRequiredService<CaseList>().FindAsync(controller, opened.Reference, httpContext.RequestAborted)
            ?? throw new InvalidOperationException("A case is in its list from its commit.");
        var confirmed = await services.GetRequiredService<Confirmations>().OfAsync(controller, [CaseRecord.Aggregate.StreamOf(answered.ResourceId)], httpContext.RequestAborted);
        httpContext.SetETag(answered.Version);
        if (answered.Status == StatusCodes.Status201Created)
            httpContext.Response.Headers.Location = $"/v1/{controller}/cases/{row.Reference}";
        var view = CaseView.Of(row, confirmed) with { Reason = opened.Reason, Closure = opened.Closure };
        await Results.Json(view, JsonText.Options, statusCode: answered.Status).ExecuteAsync(httpContext);
    }
}

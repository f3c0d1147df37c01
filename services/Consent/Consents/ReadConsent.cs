using Integritet.Consent.Subjects;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Consents;

/// <summary>A consent record as it stands, and its history, for those who may see the person's.</summary>
public static class ReadConsent
{
    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/v1/{controller}/consents/{id:guid}", HandleAsync).RequireRoles(Readers)
            .WithSummary("A consent as it stands.");
        app.MapGet("/v1/{controller}/consents/{id:guid}/history", HandleHistoryAsync).RequireRoles(Readers)
            .WithSummary("Everything that happened to a consent.");
    }

    internal static IReadOnlyList<string> Readers { get; } = [Roles.System, Roles.Officer, Roles.Auditor, Roles.Subject];

    internal static Problem NoSuchConsent() => Problems.NotFound("There is no such consent.");

    /// <summary>The record's events, or null where there are none that the caller may see.</summary>
    internal static async Task<IReadOnlyList<StampedEvent>?> FindAsync(HttpContext http, ConsentHistory history, LinkSets links, string controller, Guid id)
    {
        var events = await history.ReadAsync(controller, id, long.MaxValue, http.RequestAborted);
        if (events.Count == 0)
            return null;
        var subject = ConsentView.Of(events, DateTimeOffset.MinValue).Subject;
        http.NoteSubjects([subject]);
        return await links.MayConcernAsync(http.Caller(), controller, subject, http.RequestAborted) ? events : null;
    }

    private static async Task<IResult> HandleAsync(HttpContext http, string controller, Guid id, ConsentHistory history, LinkSets links, TimeProvider clock)
    {
        if (await FindAsync(http, history, links, controller, id) is not { } events)
            return NoSuchConsent();
        http.SetETag(events[^1].Version);
        return Results.Json(ConsentView.Of(events, clock.GetUtcNow()), JsonText.Options);
    }

    private static async Task<IResult> HandleHistoryAsync(HttpContext http, string controller, Guid id, ConsentHistory history, LinkSets links) =>
        await FindAsync(http, history, links, controller, id) is { } events
            ? Results.Json(new History([.. events.Select(HistoryItem.Of)]), JsonText.Options)
            : NoSuchConsent();

    public sealed record History(IReadOnlyList<HistoryItem> Items)
    {
        /// <summary>A record is short: its whole history is one page.</summary>
        public string? Next => null;
    }

    /// <summary>One thing that happened to the record.</summary>
    public sealed record HistoryItem(string Event, DateTimeOffset At, long Version, string Actor, string CorrelationId, string Method, IReadOnlyList<string> Purposes, int? PolicyVersion)
    {
        public static HistoryItem Of(StampedEvent one) => one.Event switch
        {
            ConsentEvent.Given e => Of(one, "given", e.Method, [.. e.Purposes.Select(p => p.Purpose)], e.PolicyVersion),
            ConsentEvent.Refused e => Of(one, "refused", e.Method, [.. e.Purposes.Select(p => p.Purpose)], e.PolicyVersion),
            ConsentEvent.Withdrawn e => Of(one, "withdrawn", e.Method, e.Purposes, policyVersion: null),
            _ => throw new InvalidOperationException($"{one.Type} is no event of a consent record."),
        };

        private static HistoryItem Of(StampedEvent one, string what, string method, IReadOnlyList<string> purposes, int? policyVersion) =>
            new(what, one.At, one.Version, one.Actor, one.CorrelationId, method, purposes, policyVersion);
    }
}

using System.Buffers;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Integritet.Platform.Messaging;

/// <summary>
/// <c>GET /internal/events?after=&amp;limit=</c>: what the feed told or should have told, from the log itself, one CloudEvent a line. <c>after</c> is 0 or the position of an event: any other
/// means that the asker knows another log than this one (a store restored from an older backup), which is a conflict and not an empty answer.
/// </summary>
internal static class InternalEvents
{
    public const int MaxLimit = 5_000;

    private const int DefaultLimit = 1_000;
    private const int FlushBytes = 64 * 1024;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/internal/events", ReadAsync).RequireService();

    private static async Task<IResult> ReadAsync(
        [FromServices] IEventStore store, [FromServices] MessagingBuilder messaging, HttpContext http, CancellationToken cancellationToken)
    {
        var faults = new List<ProblemError>();
        var position = http.Request.Query.Number("after", 0, long.MaxValue, 0, "'after' is a position: 0 or more.", faults);
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"'limit' lies between 1 and {MaxLimit}.", faults);
        if (faults.Count > 0)
            return Problems.Malformed("The query is malformed.", [.. faults]);

        await using var log = store.ReadAllAsync(Math.Max(position - 1, 0), limit + (position > 0 ? 1 : 0), cancellationToken).GetAsyncEnumerator(cancellationToken);
        var any = await log.MoveNextAsync();
        if (position > 0)
        {
            if (!any || log.Current.Position != position) return Problems.Conflict($"This log has no event at position {position}.");
            any = await log.MoveNextAsync();
        }

        http.Response.ContentType = CloudEventFormat.NdjsonContentType;
        var body = http.Response.BodyWriter;
        for (var previous = position; any; any = await log.MoveNextAsync())
        {
            body.Write(CloudEventFormat.Write(messaging.Service, log.Current, previous));
            body.Write("\n"u8);
            previous = log.Current.Position;
            if (body.UnflushedBytes >= FlushBytes) await body.FlushAsync(cancellationToken);
        }

        return Results.Empty;
    }
}

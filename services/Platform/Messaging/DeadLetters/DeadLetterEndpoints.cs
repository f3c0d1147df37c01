using System.Text.Json.Serialization;
using Integritet.Platform.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Integritet.Platform.Messaging;

/// <summary><c>GET /internal/dead-letters?limit=&amp;after=</c>, newest first, and <c>POST /internal/dead-letters/{id}/replay</c>.</summary>
internal static class DeadLetterEndpoints
{
    private const int MaxLimit = 500;
    private const int DefaultLimit = 100;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/internal/dead-letters", ListAsync).RequireService();
        routes.MapPost("/internal/dead-letters/{id}/replay", ReplayAsync).RequireService();
    }

    private static async Task<IResult> ListAsync([FromServices] DeadLetters letters, HttpContext http, CancellationToken cancellationToken)
    {
        var faults = new List<ProblemError>();
        var limit = (int)http.Request.Query.Number("limit", 1, MaxLimit, DefaultLimit, $"'limit' lies between 1 and {MaxLimit}.", faults);
        var before = http.Request.Query.Number("after", 0, long.MaxValue, long.MaxValue, "'after' is the 'next' of a page.", faults);
        return faults.Count > 0
            ? Problems.Malformed("The query is malformed.", [.. faults])
            : Results.Json(await letters.ListAsync(before, limit, cancellationToken), MessagingJson.Default.DeadLetterPage);
    }

    private static async Task<IResult> ReplayAsync([FromServices] DeadLetters letters, string id, CancellationToken cancellationToken)
    {
        if (!Guid.TryParse(id, out var letterId) || await letters.ReplayAsync(letterId, cancellationToken) is not { } letter)
            return Problems.NotFound("There is no such dead letter.");
        return Results.Json(new ReplayedDeadLetter(letter.Id, letter.Queue), MessagingJson.Default.ReplayedDeadLetter);
    }
}

/// <summary>What was sent where.</summary>
internal sealed record ReplayedDeadLetter(Guid Id, string Queue);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(DeadLetterPage))]
[JsonSerializable(typeof(ReplayedDeadLetter))]
[JsonSerializable(typeof(ServiceLag))]
internal sealed partial class MessagingJson : JsonSerializerContext;

#if TEST_CLOCK
using System.Net;
using Integritet.Platform.Hosting;
using NodaTime.Extensions;
using NodaTime.Text;

namespace Integritet.Gateway.Operations;

/// <summary>Moves the clock of every service forward, the gateway's last. Only in a build with a test clock.</summary>
public static class MoveClock
{
    /// <param name="Advance">ISO 8601 period, by the calendar: P28D, P1M.</param>
    public sealed record Request(string Advance);

    public sealed record Document(DateTimeOffset Now, long OffsetSeconds);

    public static async Task<IResult> HandleAsync(HttpContext http, Services services, TimeProvider time)
    {
        // A test build whose clock was not turned on is a normal installation.
        if (time is not TestClock clock)
            return Problems.NotFound();
        var request = await http.ReadBodyAsync<Request>();
        var parsed = PeriodPattern.NormalizingIso.Parse(request.Advance);
        if (!parsed.Success)
            return Problems.Unprocessable("The clock cannot be moved.", new ProblemError("An ISO 8601 period: P28D.", "/advance"));
        var now = clock.GetUtcNow();
        var target = now.ToInstant().InUtc().LocalDateTime.Plus(parsed.Value).InUtc().ToDateTimeOffset();
        var offset = clock.Offset + (target - now);
        if (target <= now)
            return Problems.Unprocessable("The clock cannot be moved.", new ProblemError("The clock moves forward only.", "/advance"));

        var away = await MoveServicesAsync(services, (long)offset.TotalSeconds, http.RequestAborted);
        if (away.Count > 0)
            return Problems.Unavailable($"Not moved yet: {string.Join(", ", away)}. Ask again.");
        return clock.TryMoveTo(offset)
            ? TypedResults.Ok(new Document(clock.GetUtcNow(), (long)clock.Offset.TotalSeconds))
            : Problems.Unprocessable("The clock cannot be moved.", new ProblemError("The clock moves forward only, fifty years at most.", "/advance"));
    }

    private static async Task<IReadOnlyList<string>> MoveServicesAsync(Services services, long offsetSeconds, CancellationToken cancellationToken)
    {
        var answers = await Task.WhenAll(services.Names.Where(name => name != "gateway").Select(async name =>
            (name, answer: await services.AskAsync(name, HttpMethod.Put, "/internal/clock", new { offsetSeconds }, cancellationToken))));
        return [.. from one in answers where one.answer.Status != HttpStatusCode.OK select one.name];
    }
}
#endif

#if TEST_CLOCK
using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Platform.Hosting;

/// <summary>
/// A clock that an operator moves forward. Only in a build with <c>-p:TestClock=true</c>, and only where <c>TestClock__Enabled</c> is true. Its offset is kept in <c>TestClock__File</c>, so that a
/// restarted replica goes on from there; replicas may share the file.
/// </summary>
public sealed class TestClock : TimeProvider
{
    private static readonly TimeSpan MaxOffset = TimeSpan.FromDays(365 * 50);

    private readonly string _file;
    private readonly Lock _lock = new();
    private long _offsetTicks;

    /// <summary>Starts from the offset in the file, or from none.</summary>
    public TestClock(string file)
    {
        _file = file;
        if (File.Exists(file))
            _offsetTicks = TimeSpan.FromSeconds(long.Parse(File.ReadAllText(file).Trim(), CultureInfo.InvariantCulture)).Ticks;
    }

    /// <summary>How far it is ahead of the machine's clock.</summary>
    public TimeSpan Offset => new(Interlocked.Read(ref _offsetTicks));

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;

    /// <summary>Moves it to an offset (whole seconds) and keeps that; false if it would go back or too far. The same offset again is a repeat.</summary>
    public bool TryMoveTo(TimeSpan offset)
    {
        lock (_lock)
        {
            if (offset < Offset || offset > MaxOffset)
                return false;
            // A name of its own: replicas that share the file move at the same time.
            var next = $"{_file}.{Guid.CreateVersion7():N}";
            File.WriteAllText(next, ((long)offset.TotalSeconds).ToString(CultureInfo.InvariantCulture));
            File.Move(next, _file, overwrite: true);
            Interlocked.Exchange(ref _offsetTicks, TimeSpan.FromSeconds((long)offset.TotalSeconds).Ticks);
            return true;
        }
    }

    internal static void Add(WebApplicationBuilder builder)
    {
        if (!builder.Configuration.GetValue<bool>("TestClock:Enabled"))
            return;
        var file = builder.Configuration["TestClock:File"] is { Length: > 0 } path ? path : throw new InvalidOperationException("TestClock__File is not set: name a file in which the clock's offset is kept.");
        var clock = new TestClock(file);
        builder.Services.AddSingleton(clock);
        builder.Services.AddSingleton<TimeProvider>(clock);
    }

    /// <summary><c>GET /internal/clock</c> tells the offset, <c>PUT</c> moves to one. Absolute, so that it can be told to every replica, and again, with the same effect.</summary>
    internal static void Map(WebApplication app)
    {
        if (app.Services.GetService<TestClock>() is not { } clock)
            return;
        app.MapGet("/internal/clock", () => TypedResults.Ok(new ClockOffset((long)clock.Offset.TotalSeconds))).RequireService();
        app.MapPut("/internal/clock", async Task<IResult> (HttpContext http) =>
        {
            var wanted = await http.ReadBodyAsync<ClockOffset>();
            return clock.TryMoveTo(TimeSpan.FromSeconds(wanted.OffsetSeconds)) ? TypedResults.Ok(wanted)
                : Problems.Unprocessable("The clock moves forward only, fifty years at most.", new ProblemError("Not before the present offset.", "/offsetSeconds"));
        }).RequireService();
    }

    private sealed record ClockOffset(long OffsetSeconds);
}
#endif

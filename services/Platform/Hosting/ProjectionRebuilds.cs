using System.Collections.Concurrent;
using Integritet.Platform.EventStore;
using Integritet.Platform.EventStore.Projections;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Integritet.Platform.Hosting;

/// <summary>
/// <c>POST /internal/projections/{name}/rebuild</c>: 200 when the table is filled anew, 202 when that takes longer than a call may; the rebuild then goes on, and the same call asks after it.
/// </summary>
internal sealed class ProjectionRebuilds(InlineProjections projections, IEnumerable<InlineProjection> known, IHostApplicationLifetime lifetime)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly ConcurrentDictionary<string, Lazy<Task>> _underWay = new(StringComparer.Ordinal);

    public static void Map(WebApplication app) =>
        app.MapPost("/internal/projections/{name}/rebuild", (string name, HttpContext http) => http.RequestServices.GetRequiredService<ProjectionRebuilds>().RebuildAsync(name)).RequireService();

    private async Task<IResult> RebuildAsync(string name)
    {
        if (!known.Any(projection => string.Equals(projection.Name, name, StringComparison.Ordinal)))
            return Problems.NotFound("The service has no such projection.");
        var rebuild = _underWay.GetOrAdd(name, _ => new Lazy<Task>(() => projections.RebuildAsync(name, lifetime.ApplicationStopping))).Value;
        if (await Task.WhenAny(rebuild, Task.Delay(Patience, TimeProvider.System)) != rebuild)
            return TypedResults.Accepted((string?)null, new Answer(name, "running"));
        _underWay.TryRemove(name, out _);
        await rebuild;
        return TypedResults.Ok(new Answer(name, "rebuilt"));
    }

    internal sealed record Answer(string Projection, string Status);
}

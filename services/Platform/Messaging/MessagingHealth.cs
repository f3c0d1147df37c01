using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integritet.Platform.Messaging;

/// <summary>
/// Degraded while something told or heard is late (a broker away, a leader that fails or lags); unhealthy only when a forwarder of this process has ended, which a restart cures.
/// </summary>
internal sealed class MessagingHealth(IEnumerable<ForwarderState> forwarders, IEnumerable<FeedConsumerState> feeds, ConsumerWatch consumers) : IHealthCheck
{
    private static readonly TimeSpan TooLate = TimeSpan.FromSeconds(10);

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var states = forwarders.Select(f => (f.Name, f.Now)).ToArray();
        if (states.Where(s => s.Now.Doing is ForwarderState.Doing.Ended).Select(s => s.Name).FirstOrDefault() is { } ended)
            return Task.FromResult(HealthCheckResult.Unhealthy($"The forwarder to {ended} has ended."));

        var now = TimeProvider.System.GetUtcNow();
        var problems = states.Select(s => (s.Name, Problem: Problem(s.Now, now))).Where(p => p.Problem is not null).Select(p => $"{p.Name}: {p.Problem}")
            .Concat(feeds.SelectMany(f => f.Problems)).Concat(consumers.Problems).ToArray();
        return Task.FromResult(problems.Length == 0 ? HealthCheckResult.Healthy() : HealthCheckResult.Degraded(string.Join("; ", problems)));
    }

    private static string? Problem(ForwarderState.Snapshot state, DateTimeOffset now)
    {
        if (state.Doing is ForwarderState.Doing.Failing) return $"cannot publish ({state.Because})";
        if (state.LagAt is { } at && now - at > TooLate) return "lag unknown";
        return state.Time > TooLate ? $"{state.Events} events late, by {state.Time.TotalSeconds:F0} s" : null;
    }
}

using System.Collections.Concurrent;
using System.Threading.RateLimiting;
using Microsoft.Extensions.Options;

namespace Integritet.Gateway.Access;

/// <summary>
/// How much anybody may call. Callers with a credential are limited by it, others by their address, in a fixed number of buckets so that no number of addresses grows memory. What is turned away
/// here is counted, not recorded call by call: else noise could fill the log.
/// </summary>
public sealed class CallLimits : IDisposable
{
    private const int Buckets = 4096;

    private readonly PartitionedRateLimiter<Credential> _credentials;
    private readonly PartitionedRateLimiter<HttpContext> _refused;
    private readonly PartitionedRateLimiter<HttpContext> _public;
    private readonly ConcurrentDictionary<string, long> _turnedAway = new(StringComparer.Ordinal);

    public CallLimits(IOptions<GatewayOptions> options)
    {
        var limits = options.Value;
        _credentials = PartitionedRateLimiter.Create<Credential, string>(
            credential => RateLimitPartition.GetTokenBucketLimiter(credential.Id, _ => PerSecond(limits.CallsPerSecond)));
        _refused = ByAddress(limits.RefusedCallsPerSecond);
        _public = ByAddress(limits.PublicCallsPerSecond);
    }

    public bool Admits(Credential credential)
    {
        using var lease = _credentials.AttemptAcquire(credential);
        return lease.IsAcquired || TurnAway(credential.Id);
    }

    /// <summary>Whether a call without a good credential is still answered, and recorded, for itself.</summary>
    public bool AdmitsRefused(HttpContext http)
    {
        using var lease = _refused.AttemptAcquire(http);
        return lease.IsAcquired || TurnAway("anonymous");
    }

    public bool AdmitsPublic(HttpContext http)
    {
        using var lease = _public.AttemptAcquire(http);
        return lease.IsAcquired;
    }

    /// <summary>How many were turned away since this was last asked, by credential.</summary>
    public IReadOnlyDictionary<string, long> TakeTurnedAway()
    {
        var taken = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var who in _turnedAway.Keys)
            if (_turnedAway.TryRemove(who, out var count))
                taken[who] = count;
        return taken;
    }

    /// <summary>Counts a call that was turned away.</summary>
    public bool TurnAway(string who)
    {
        _turnedAway.AddOrUpdate(who, 1, static (_, count) => count + 1);
        return false;
    }

    /// <summary>Gives back what was taken and not reported.</summary>
    public void PutBack(IReadOnlyDictionary<string, long> calls)
    {
        foreach (var (who, count) in calls)
            _turnedAway.AddOrUpdate(who, count, (_, more) => more + count);
    }

    public void Dispose()
    {
        _credentials.Dispose();
        _refused.Dispose();
        _public.Dispose();
    }

    private static PartitionedRateLimiter<HttpContext> ByAddress(int callsPerSecond) => PartitionedRateLimiter.Create<HttpContext, int>(
        http => RateLimitPartition.GetTokenBucketLimiter(ClientConnection.Bucket(http, Buckets), _ => PerSecond(callsPerSecond)));

    private static TokenBucketRateLimiterOptions PerSecond(int calls) => new()
    {
        // Ten refills a second: who waits a tenth of a second is served again.
        TokenLimit = calls, TokensPerPeriod = Math.Max(1, calls / 10), ReplenishmentPeriod = TimeSpan.FromMilliseconds(calls >= 10 ? 100 : 1000.0 / calls), AutoReplenishment = true,
        QueueLimit = 0,
    };
}

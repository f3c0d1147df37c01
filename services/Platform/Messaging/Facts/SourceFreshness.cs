using System.Collections.Concurrent;

namespace Integritet.Platform.Messaging;

/// <summary>What to do with the log of a service that is silent.</summary>
public interface ISilentSource
{
    /// <summary>
    /// Applies one event of that log, after those before it. Applying again what was applied before must be harmless: newer wins. Throws on one that must not be passed over: the reading stops there, and
    /// comes to it again.
    /// </summary>
    Task ApplyAsync(FeedEvent logged, CancellationToken cancellationToken);
}

/// <summary>
/// Whether a watched service's facts can be trusted to be complete. A missing forbidding fact must not permit: where this says no, the decision that needs them answers 503.
/// Time is physical here, whatever the business clock says: silence is about processes.
/// </summary>
public sealed class SourceFreshness
{
    /// <summary>How long a service may be silent.</summary>
    public static readonly TimeSpan MaxSilence = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _heard = new(StringComparer.Ordinal);

    /// <summary>Whether the service was heard, or its log read, within <see cref="MaxSilence"/>. Never heard is stale.</summary>
    public bool IsFresh(string source) => IsFresh(source, TimeProvider.System.GetUtcNow());

    internal bool IsFresh(string source, DateTimeOffset now) => _heard.TryGetValue(source, out var at) && now - at <= MaxSilence;

    /// <summary>The service was complete here at an instant.</summary>
    internal void Heard(string source, DateTimeOffset at) => _heard.AddOrUpdate(source, at, (_, before) => at > before ? at : before);
}

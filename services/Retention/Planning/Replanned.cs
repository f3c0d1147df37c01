using Integritet.Platform.EventStore;

namespace Integritet.Retention.Planning;

/// <summary>Everything a controller holds has been planned anew by a policy version. The plans themselves are computed, never stored as events; this one says what they came to.</summary>
/// <param name="Version">The policy version.</param>
/// <param name="Count">How many holdings.</param>
/// <param name="Changed">How many of their plans changed.</param>
/// <param name="Hash">Lower-case hex SHA-256, chained over (holding, rule, due date) of each, in order of id.</param>
[StoredEvent("replanned.v1")]
public sealed record Replanned(int Version, long Count, long Changed, string Hash)
{
    /// <summary>One stream for each version, so that it is said once.</summary>
    public static string StreamOf(int version) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"replanned-{version}");
}

using System.Collections.Frozen;
using System.Collections.Immutable;
using Integritet.Platform.Hosting;

namespace Integritet.Platform.Policies;

/// <summary>This replica's copy of every controller's published policy versions: read by every request, replaced as a whole by a feed.</summary>
public sealed class PolicyVersions
{
    private FrozenDictionary<string, ImmutableArray<PolicyVersion>> _byController = FrozenDictionary<string, ImmutableArray<PolicyVersion>>.Empty;

    private volatile bool _allReceived;

    /// <summary>Whether every version published when this service first asked has been received, and there is one: else the service is not ready.</summary>
    public bool AreReceived => _allReceived && _byController.Count > 0;

    /// <summary>Every controller that has a policy here.</summary>
    public IReadOnlyList<string> Controllers => _byController.Keys;

    /// <summary>The version that decides at an instant, of those known at a position of this service's log: the newest that has taken effect. Null for a controller without one.</summary>
    public PolicyVersion? InForce(string controller, DateTimeOffset instant, long knownUpTo = long.MaxValue)
    {
        if (!_byController.TryGetValue(controller, out var versions))
            return null;
        for (var i = versions.Length - 1; i >= 0; i--)
            if (versions[i].EffectiveFrom <= instant && versions[i].KnownFrom <= knownUpTo)
                return versions[i];
        return null;
    }

    /// <summary>One version, whether in force or not.</summary>
    public PolicyVersion? Find(string controller, int version) =>
        _byController.TryGetValue(controller, out var versions) ? versions.FirstOrDefault(v => v.Version == version) : null;

    /// <summary>Every version of a controller that is known here, oldest first; none for an unknown controller.</summary>
    public ImmutableArray<PolicyVersion> Of(string controller) => _byController.GetValueOrDefault(controller, []);

    /// <summary>Whether the controller is known here.</summary>
    public bool Knows(string controller) => _byController.ContainsKey(controller);

    /// <summary>The answer where a controller has no policy here.</summary>
    public static Problem NoSuchController() => Problems.NotFound("There is no such controller, or none of its policies is in force.");

    /// <summary>All that were published have been taken in; those published later come by themselves.</summary>
    public void AllReceived() => _allReceived = true;

    /// <summary>Takes versions in; one that is here already is replaced.</summary>
    public void Add(IEnumerable<(string Controller, PolicyVersion Policy)> received)
    {
        var all = _byController.ToDictionary(StringComparer.Ordinal);
        foreach (var (controller, policy) in received)
        {
            var others = all.GetValueOrDefault(controller, []).RemoveAll(v => v.Version == policy.Version);
            all[controller] = [.. others.Add(policy).OrderBy(v => v.Version)];
        }
        _byController = all.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

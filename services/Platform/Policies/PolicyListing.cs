using Integritet.Contracts;
using Integritet.Platform.EventStore;

namespace Integritet.Platform.Policies;

/// <summary>Which published versions the Policy service has listed, and which of them are here.</summary>
internal sealed class PolicyListing(IEventStore store, IEventSerializer serializer)
{
    private readonly HashSet<ListedPolicy> _received = [];
    private IReadOnlyList<ListedPolicy>? _listed;
    private long _read;

    public void Received(string controller, int version) => _received.Add(new(controller, version));

    /// <summary>Whether a list has come and everything on it is here. The newest list counts: an older one may have been made before policies were published.</summary>
    public async Task<bool> IsCompleteAsync(CancellationToken cancel)
    {
        foreach (var recorded in await store.ReadStreamAsync(PoliciesAsked.Tenant, PoliciesAsked.Stream, _read, cancellationToken: cancel))
        {
            if (await serializer.DeserializeAsync(recorded, cancel) is PolicyListReceived list)
                _listed = list.Policies;
            _read = recorded.Version;
        }
        return _listed?.All(_received.Contains) == true;
    }
}

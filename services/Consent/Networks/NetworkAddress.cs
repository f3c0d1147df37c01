using System.Collections.Immutable;
using Integritet.Consent.Registers;
using Integritet.Platform.EventStore;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Networks;

/// <summary>What can happen to a range of network addresses on the fixed list.</summary>
public abstract record NetworkAddressEvent
{
    private NetworkAddressEvent() { }

    /// <summary>Devices may be administered from there, for a time.</summary>
    /// <param name="Cidr">The range as RFC 4632 and RFC 4291 write it.</param>
    /// <param name="Use">What it may be used for.</param>
    [StoredEvent("network-address-listed.v1")]
    public sealed record Listed(Guid AddressId, string Cidr, string Use, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo) : NetworkAddressEvent
    {
        public Validity Validity() => new(ValidFrom, ValidTo);
    }

    /// <summary>Not any more.</summary>
    [StoredEvent("network-address-removed.v1")]
    public sealed record Removed(Guid AddressId) : NetworkAddressEvent;
}

/// <summary>One range, as far as commands on it need to know.</summary>
/// <param name="Last">How it was last listed; null where it never was.</param>
/// <param name="Periods">The periods listed since it was last removed.</param>
public sealed record NetworkAddress(NetworkAddressEvent.Listed? Last, ImmutableList<NetworkAddressEvent.Listed> Periods)
{
    /// <summary>Streams <c>network-address-{id}</c>.</summary>
    public static Aggregate<NetworkAddress> Aggregate { get; } = new("network-address", new NetworkAddress(null, []), Evolve);

    public static NetworkAddress Evolve(NetworkAddress state, object @event) => @event switch
    {
        NetworkAddressEvent.Listed e => new NetworkAddress(e, state.Periods.Add(e)),
        NetworkAddressEvent.Removed when !state.Periods.IsEmpty => state with { Periods = [] },
        _ => throw new InvalidOperationException($"{@event.GetType().Name} cannot follow on an address with {state.Periods.Count} periods."),
    };
}

/// <summary>A range as callers see it.</summary>
public sealed record NetworkAddressView(Guid AddressId, AddressStatus Status, string Cidr, string Use, DateTimeOffset ValidFrom, DateTimeOffset? ValidTo)
{
    public static NetworkAddressView Of(NetworkAddress address)
    {
        var last = address.Last!;
        return new NetworkAddressView(last.AddressId, address.Periods.IsEmpty ? AddressStatus.Removed : AddressStatus.Listed, last.Cidr, last.Use, last.ValidFrom, last.ValidTo);
    }
}

/// <summary>Whether a range is on the list.</summary>
public enum AddressStatus
{
    Listed,
    Removed,
}

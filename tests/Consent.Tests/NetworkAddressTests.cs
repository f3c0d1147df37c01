using Integritet.Consent.Networks;
using Integritet.Platform.Hosting;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class NetworkAddressTests
{
    private static readonly NetworkAddressEvent.Listed Listed = new(ConsentId, "192.0.2.0/24", "administration", Now, Now.AddDays(10));
    private static readonly NetworkAddressEvent.Removed Removed = new(ConsentId);

    [Theory]
    [InlineData("192.0.2.0/24", "192.0.2.0/24")]
    [InlineData(" 192.0.2.10 ", "192.0.2.10/32")]
    [InlineData("2001:0DB8:0000::/48", "2001:db8::/48")]
    [InlineData("2001:db8::1", "2001:db8::1/128")]
    [InlineData("::ffff:192.0.2.10", "192.0.2.10/32")]
    [InlineData("10.0.0.0/8", "10.0.0.0/8")]
    public void A_range_has_one_spelling(string sent, string normal)
    {
        var faults = new List<ProblemError>();
        Assert.Equal(normal, AddressRange.Parse(sent, "/cidr", faults));
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("")]
    [InlineData("office")]
    [InlineData("192.0.2.0/33")]
    [InlineData("192.0.2.0/-1")]
    [InlineData("192.0.2.0/")]
    [InlineData("192.0.2.0/24/24")]
    [InlineData("192.0.2.300")]
    [InlineData("192.0.2.10/24")]
    [InlineData("0.0.0.0/0")]
    [InlineData("::/0")]
    [InlineData("2001::/16")]
    [InlineData("fe80::1%eth0")]
    [InlineData("2001:db8::/129")]
    [InlineData("42")]
    public void What_is_no_range_or_too_wide_is_pointed_at(string sent)
    {
        var faults = new List<ProblemError>();
        Assert.Null(AddressRange.Parse(sent, "/cidr", faults));
        Assert.Equal("/cidr", Assert.Single(faults).Pointer);
    }

    [Theory]
    [InlineData("192.0.2.10", "192.0.2.10")]
    [InlineData("::ffff:192.0.2.10", "192.0.2.10")]
    [InlineData("fe80::1%2", "fe80::1")]
    public void An_address_has_one_spelling(string sent, string normal) => Assert.Equal(normal, AddressRange.ParseAddress(sent)?.ToString());

    [Fact]
    public void A_range_is_listed_for_a_time() => Assert.Equal(Listed, ListNetworkAddress.Decide(After(), Listed).ThenOne<NetworkAddressEvent.Listed>());

    [Fact]
    public void Listing_it_again_changes_nothing() => ListNetworkAddress.Decide(After(Listed), Listed).ThenNothing();

    [Fact]
    public void An_overlapping_period_conflicts() => ListNetworkAddress.Decide(After(Listed), Listed with { ValidFrom = Now.AddDays(9), ValidTo = null }).ThenRefused(409, "/validFrom");

    [Fact]
    public void A_period_beside_it_is_listed() => ListNetworkAddress.Decide(After(Listed), Listed with { ValidFrom = Now.AddDays(10), ValidTo = null }).ThenOne<NetworkAddressEvent.Listed>();

    [Fact]
    public void It_ends_after_it_has_begun() => ListNetworkAddress.Decide(After(), Listed with { ValidTo = Now }).ThenRefused(422, "/validTo");

    [Fact]
    public void Another_use_is_pointed_at() => ListNetworkAddress.Decide(After(), Listed with { Use = "surveillance" }).ThenRefused(422, "/use");

    [Fact]
    public void Removing_it_again_changes_nothing() => RemoveNetworkAddress.Decide(After(Listed, Removed)).ThenNothing();

    [Fact]
    public void What_was_never_listed_is_not_found() => RemoveNetworkAddress.Decide(After()).ThenRefused(404);

    private static NetworkAddress After(params NetworkAddressEvent[] events) => NetworkAddress.Aggregate.Fold(NetworkAddress.Aggregate.Initial, events);
}

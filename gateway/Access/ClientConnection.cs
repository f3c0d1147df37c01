using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Integritet.Gateway.Access;

/// <summary>What can be said of the channel by which a client came.</summary>
public sealed class ClientConnection(IOptions<GatewayOptions> options)
{
    private static readonly string[] ProxyHeaders = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Prefix", "Forwarded", "X-Original-For", "X-Original-Proto"];

    private readonly IPNetwork[] _local = [.. options.Value.LocalNetworks.Select(network => IPNetwork.Parse(network))];

    /// <summary>Believes <c>X-Forwarded-*</c> of the trusted proxies, and of nobody else.</summary>
    public static void Use(WebApplication app)
    {
        var proxies = app.Services.GetRequiredService<IOptions<GatewayOptions>>().Value.TrustedProxies;
        if (proxies.Count == 0)
            return;
        var forwarded = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor | ForwardedHeaders.XForwardedProto };
        forwarded.KnownProxies.Clear();
        forwarded.KnownIPNetworks.Clear();
        foreach (var network in proxies)
            forwarded.KnownIPNetworks.Add(IPNetwork.Parse(network));
        app.UseForwardedHeaders(forwarded);
    }

    /// <summary>
    /// Whether nobody on the way could read along (PA-4, BG-7): TLS here or at a trusted proxy, or a connection that does not leave the machine. What came over any proxy is as secure as a trusted
    /// one says. Takes the proxies' headers off the request: they are of no use behind the gateway.
    /// </summary>
    public bool TakeSecurity(HttpContext http)
    {
        var direct = true;
        foreach (var header in ProxyHeaders)
            direct &= !http.Request.Headers.Remove(header);
        return http.Request.IsHttps || (direct && IsLocal(http.Connection.RemoteIpAddress));
    }

    /// <summary>The number of a limiter for the client's address: of its network's first 64 bits for IPv6, which is what one subscriber has.</summary>
    public static int Bucket(HttpContext http, int buckets)
    {
        if (http.Connection.RemoteIpAddress is not { } address)
            return 0;
        Span<byte> bytes = stackalloc byte[16];
        Plain(address).TryWriteBytes(bytes, out var length);
        var hash = default(HashCode);
        hash.AddBytes(bytes[..Math.Min(length, 8)]);
        return (int)((uint)hash.ToHashCode() % (uint)buckets);
    }

    private bool IsLocal(IPAddress? address)
    {
        if (address is null)
            return false;
        foreach (var network in _local)
            if (network.Contains(Plain(address)))
                return true;
        return false;
    }

    private static IPAddress Plain(IPAddress address) => address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address;
}

using System.Net;
using System.Net.Sockets;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Networks;

/// <summary>Network addresses and ranges of them in their one spelling.</summary>
public static class AddressRange
{
    // Wider ones are whole providers: nobody administers from all of those.
    private const int WidestV4 = 8;
    private const int WidestV6 = 32;

    /// <summary>An address without zone, IPv4 written as such also where it came mapped into IPv6; null for what is none.</summary>
    public static IPAddress? ParseAddress(string text)
    {
        if (!IPAddress.TryParse(text, out var address) || !(text.Contains('.', StringComparison.Ordinal) || text.Contains(':', StringComparison.Ordinal)))
            return null;
        if (address.IsIPv4MappedToIPv6)
            return address.MapToIPv4();
        return address.AddressFamily == AddressFamily.InterNetworkV6 ? new IPAddress(address.GetAddressBytes()) : address;
    }

    /// <summary>A range such as <c>192.0.2.0/24</c> or <c>2001:db8::/48</c>, or a single address; null, with a fault at <paramref name="pointer"/>, for what is none or too wide.</summary>
    public static string? Parse(string text, string pointer, List<ProblemError> faults)
    {
        var fault = TryParse(text.Trim(), out var range);
        if (fault is not null)
            faults.Add(new ProblemError(fault, pointer));
        return fault is null ? range.ToString() : null;
    }

    private static string? TryParse(string text, out IPNetwork range)
    {
        range = default;
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        if (ParseAddress(slash < 0 ? text : text[..slash]) is not { } address || text.Contains('%', StringComparison.Ordinal))
            return "A range is an IPv4 or IPv6 address and the length of its prefix, such as 192.0.2.0/24 or 2001:db8::/48.";
        var bits = address.AddressFamily == AddressFamily.InterNetwork ? 32 : 128;
        var length = bits;
        if (slash >= 0 && (!byte.TryParse(text.AsSpan(slash + 1), System.Globalization.NumberStyles.None, null, out var stated) || (length = stated) > bits))
            return $"The prefix of such an address has 0 to {bits} bits.";
        if (length < (bits == 32 ? WidestV4 : WidestV6))
            return $"A fixed list names fixed addresses: a range of IPv4 has a prefix of at least {WidestV4} bits, one of IPv6 of at least {WidestV6}.";
        if (!IPNetwork.TryParse($"{address}/{length}", out range) || !range.BaseAddress.Equals(address))
            return "Behind the prefix an address of a range has only zeros.";
        return null;
    }
}

using System.Net;
using Microsoft.Extensions.Options;

namespace Integritet.Gateway;

/// <summary>Configuration section <c>Gateway</c>; validated at start.</summary>
public sealed class GatewayOptions
{
    /// <summary>Name of this replica in the streams of access records; the machine's name where it is empty.</summary>
    public string Replica { get; set; } = "";

    /// <summary>Where clients reach the installation; written into the credentials file.</summary>
    public string PublicUrl { get; set; } = "http://127.0.0.1:8080";

    /// <summary>The file that <c>bootstrap-credentials</c> writes.</summary>
    public string CredentialsFile { get; set; } = "";

    /// <summary>Networks (CIDR) of proxies in front of the gateway, whose <c>X-Forwarded-For</c> and <c>X-Forwarded-Proto</c> are believed.</summary>
    public IReadOnlyList<string> TrustedProxies { get; set; } = [];

    /// <summary>
    /// Networks (CIDR) from which plain HTTP counts as secure, because it does not leave the machine: loopback in a local installation, and a container network's own gateway address.
    /// Empty everywhere else.
    /// </summary>
    public IReadOnlyList<string> LocalNetworks { get; set; } = [];

    /// <summary>Bytes of a request's body, except on streaming routes.</summary>
    public int MaxBodyBytes { get; set; } = 1024 * 1024;

    /// <summary>Calls a second that one credential may make for long, and at once after a rest.</summary>
    public int CallsPerSecond { get; set; } = 5_000;

    /// <summary>Calls of one credential that may be under way.</summary>
    public int CallsUnderWay { get; set; } = 1_000;

    /// <summary>Calls of all that may be under way.</summary>
    public int CallsUnderWayInAll { get; set; } = 5_000;

    /// <summary>Calls a second without a credential from one address, to public routes.</summary>
    public int PublicCallsPerSecond { get; set; } = 200;

    /// <summary>Calls a second from one address that are refused for want of a credential and still get a record of their own each.</summary>
    public int RefusedCallsPerSecond { get; set; } = 5;

    /// <summary>How long a call may wait for its access record, in milliseconds.</summary>
    public int RecordTimeoutMs { get; set; } = 5_000;
}

/// <summary>Says at start what is wrong, and what to do.</summary>
internal sealed class GatewayOptionsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options)
    {
        var failures = new List<string>();
        foreach (var network in options.TrustedProxies.Concat(options.LocalNetworks))
            if (!IPNetwork.TryParse(network, out _))
                failures.Add($"Gateway__TrustedProxies and Gateway__LocalNetworks hold networks such as 10.0.0.0/8; '{network}' is none.");
        if (!Uri.TryCreate(options.PublicUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https"))
            failures.Add("Gateway__PublicUrl is where clients reach the installation, such as https://privacy.example.");
        Positive(options.MaxBodyBytes, nameof(options.MaxBodyBytes));
        Positive(options.CallsPerSecond, nameof(options.CallsPerSecond));
        Positive(options.CallsUnderWay, nameof(options.CallsUnderWay));
        Positive(options.CallsUnderWayInAll, nameof(options.CallsUnderWayInAll));
        Positive(options.PublicCallsPerSecond, nameof(options.PublicCallsPerSecond));
        Positive(options.RefusedCallsPerSecond, nameof(options.RefusedCallsPerSecond));
        Positive(options.RecordTimeoutMs, nameof(options.RecordTimeoutMs));
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);

        void Positive(int value, string member)
        {
            if (value < 1)
                failures.Add($"Gateway__{member} is at least 1.");
        }
    }
}

using Integritet.Platform.Hosting;

namespace Integritet.Gateway.Access;

/// <summary>A minted internal token, as the header's value.</summary>
public sealed record InternalToken(string Header, DateTimeOffset MintedAt);

/// <summary>Tells services who calls: a signed token for one credential and one controller, used for half its life, and headers that only the gateway sets.</summary>
public sealed class InternalIdentity(InternalTokens tokens)
{
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);

    /// <summary>Puts the gateway's headers in the place of whatever the client sent under their names.</summary>
    public void Apply(HttpContext http, ApiCall call)
    {
        var headers = http.Request.Headers;
        // A header dictionary has one entry for all spellings and repetitions of a name.
        headers[InternalHeaders.Secure] = call.Secure ? "true" : "false";
        headers[InternalHeaders.CorrelationId] = call.CorrelationId;
        headers.Remove(InternalHeaders.Subjects);
        if (call.Credential is { } credential)
            headers.Authorization = Header(credential, call.Controller);
        else
            headers.Remove("Authorization");
    }

    private string Header(Credential credential, string? controller)
    {
        // Tokens live by the machine's clock, as those who validate them do.
        var now = TimeProvider.System.GetUtcNow();
        var place = controller ?? "";
        if (credential.InternalTokens.TryGetValue(place, out var minted) && now - minted.MintedAt < Renewal && now >= minted.MintedAt)
            return minted.Header;
        var token = tokens.Mint(credential.Caller with { Controllers = controller is null ? credential.Caller.Controllers : [controller] });
        var header = "Bearer " + token;
        credential.InternalTokens[place] = new InternalToken(header, now);
        return header;
    }
}

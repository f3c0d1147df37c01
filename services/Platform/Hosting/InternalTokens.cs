using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Integritet.Platform.Hosting;

/// <summary>Configuration section <c>Identity</c>; validated at start.</summary>
public sealed class IdentityOptions
{
    /// <summary>This service's own private key: PEM, EC P-256.</summary>
    public string PrivateKeyFile { get; set; } = "";

    /// <summary>Directory with the public key of every issuer that is believed: <c>gateway.pem</c>, <c>consent.pem</c> …</summary>
    public string TrustedKeysDirectory { get; set; } = "";
}

/// <summary>
/// Mints and validates the tokens by which gateway and services know each other: JWT, ES256, at most 60 seconds. A token is believed if its issuer's own key signed it, and no other algorithm or kind
/// of key is ever looked at. They live by the machine's clock, also where a test clock moves the time of the business.
/// </summary>
public sealed class InternalTokens : IDisposable
{
    /// <summary>The audience of every internal token.</summary>
    public const string Audience = "integritet-internal";

    /// <summary>How long a token is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Renewal = TimeSpan.FromSeconds(30);
    private const int MaxTokenLength = 8 * 1024;
    private const int MaxValidated = 10_000;

    private readonly string _issuer;
    private readonly TimeProvider _time;
    private readonly InternalKeys _keys;
    private readonly JsonWebTokenHandler _jwt = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly ConcurrentDictionary<string, Validated> _validated = new(StringComparer.Ordinal);
    private Minted? _own;

    /// <summary>Reads the keys.</summary>
    /// <param name="issuer">Name of this service.</param>
    /// <param name="options">Where the keys are.</param>
    /// <param name="time">The machine's clock; a test passes another.</param>
    public InternalTokens(string issuer, IOptions<IdentityOptions> options, TimeProvider? time = null)
    {
        _issuer = issuer;
        _time = time ?? TimeProvider.System;
        _keys = InternalKeys.Read(options.Value);
    }

    /// <summary>A token that says who calls, signed with this service's key. <see cref="Caller.Issuer"/> is not looked at: it is this service.</summary>
    public string Mint(Caller caller)
    {
        var now = _time.GetUtcNow();
        var claims = new TokenClaims
        {
            Issuer = _issuer, Audience = Audience, Subject = caller.Principal, Person = caller.Person, Roles = caller.Roles, Controllers = caller.Controllers, Systems = caller.Systems,
            Pseudonym = caller.Subject, IssuedAt = now.ToUnixTimeSeconds(), NotBefore = now.ToUnixTimeSeconds(), Expires = now.Add(Lifetime).ToUnixTimeSeconds(),
        };
        return _jwt.CreateToken(JsonSerializer.Serialize(claims, TokenJson.Default.TokenClaims), _keys.Signing);
    }

    /// <summary>This service's own token for its calls to others; renewed every 30 seconds.</summary>
    public string ForThisService()
    {
        var now = _time.GetUtcNow();
        if (_own is { } own && now - own.MintedAt < Renewal && now >= own.MintedAt)
            return own.Token;
        var token = Mint(new Caller(_issuer, _issuer) { Roles = [Roles.Service], Controllers = ["*"], Systems = ["*"] });
        _own = new Minted(token, now);
        return token;
    }

    /// <summary>Who a token says is calling, or null if it is not to be believed. A token that was is remembered until it expires.</summary>
    public Caller? Validate(string token)
    {
        var now = _time.GetUtcNow();
        if (_validated.TryGetValue(token, out var known))
            return now <= known.Expires + ClockSkew ? known.Caller : null;
        if (token.Length > MaxTokenLength || ValidateSignature(token) is not { } claims || !IsCurrent(claims, now))
            return null;
        var caller = new Caller(claims.Issuer, claims.Subject)
        {
            Person = claims.Person, Roles = claims.Roles, Controllers = claims.Controllers, Systems = claims.Systems, Subject = claims.Pseudonym,
        };
        Remember(token, new Validated(caller, DateTimeOffset.FromUnixTimeSeconds(claims.Expires)), now);
        return caller;
    }

    /// <summary>Forgets the private key.</summary>
    public void Dispose() => _keys.Dispose();

    private TokenClaims? ValidateSignature(string token)
    {
        try
        {
            if (!_jwt.CanReadToken(token) || _jwt.ReadJsonWebToken(token) is not { Alg: SecurityAlgorithms.EcdsaSha256 } read || !_keys.Trusted.TryGetValue(read.Issuer, out var key))
                return null;
            var result = _jwt.ValidateToken(token, ParametersFor(read.Issuer, key));
            return result.IsValid ? JsonSerializer.Deserialize(Base64UrlEncoder.Decode(read.EncodedPayload), TokenJson.Default.TokenClaims) : null;
        }
        catch (Exception e) when (e is ArgumentException or JsonException or FormatException or SecurityTokenException or Newtonsoft.Json.JsonException)
        {
            // Whatever is not a token of ours: the caller is not known.
            return null;
        }
    }

    // The lifetime is checked by IsCurrent, against this class's clock.
    private static TokenValidationParameters ParametersFor(string issuer, ECDsaSecurityKey key) => new()
    {
        ValidIssuer = issuer, ValidAudience = Audience, IssuerSigningKey = key, RequireSignedTokens = true, RequireExpirationTime = true, ValidateLifetime = false,
    };

    private static bool IsCurrent(TokenClaims claims, DateTimeOffset now)
    {
        var (from, to) = (DateTimeOffset.FromUnixTimeSeconds(claims.NotBefore), DateTimeOffset.FromUnixTimeSeconds(claims.Expires));
        return now >= from - ClockSkew && now < to + ClockSkew && to - from <= Lifetime;
    }

    private void Remember(string token, Validated validated, DateTimeOffset now)
    {
        if (_validated.Count >= MaxValidated)
        {
            foreach (var (old, seen) in _validated)
            {
                if (seen.Expires + ClockSkew < now)
                    _validated.TryRemove(old, out _);
            }

            if (_validated.Count >= MaxValidated)
                _validated.Clear();
        }

        _validated[token] = validated;
    }

    private sealed record Minted(string Token, DateTimeOffset MintedAt);

    private sealed record Validated(Caller Caller, DateTimeOffset Expires);
}

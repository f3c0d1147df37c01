using System.Collections.Concurrent;
using System.Security.Cryptography;
using Integritet.Gateway.Access;
using Integritet.Gateway.ApiKeys;
using Integritet.Platform.Hosting;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Integritet.Gateway.Subjects;

/// <summary>
/// Tokens of data subjects: JWT, ES256, signed and believed by the gateway alone. They name the subject by pseudonym, and end with the key that asked for them.
/// </summary>
public sealed class SubjectTokens : IDisposable
{
    /// <summary>Another audience than that of internal tokens, so that neither passes for the other.</summary>
    public const string Audience = "integritet-subject";

    private const string Issuer = "gateway";
    private const string ControllerClaim = "controller";
    private const string GrantorClaim = "grantor";
    private const int MaxLength = 2048;
    private const int MaxKnown = 10_000;

    private readonly ECDsa _key;
    private readonly SigningCredentials _signing;
    private readonly TokenValidationParameters _parameters;
    private readonly JsonWebTokenHandler _jwt = new() { SetDefaultTimesOnTokenCreation = false };
    private readonly ConcurrentDictionary<string, Known> _known = new(StringComparer.Ordinal);

    public SubjectTokens(IOptions<IdentityOptions> options)
    {
        _key = ECDsa.Create();
        _key.ImportFromPem(File.ReadAllText(options.Value.PrivateKeyFile));
        _signing = new SigningCredentials(new ECDsaSecurityKey(_key), SecurityAlgorithms.EcdsaSha256);
        _parameters = new TokenValidationParameters
        {
            // The lifetime is checked at every use, by the clock of the business.
            ValidIssuer = Issuer, ValidAudience = Audience, IssuerSigningKey = _signing.Key, RequireSignedTokens = true, RequireExpirationTime = true, ValidateLifetime = false,
        };
    }

    public string Mint(string id, string controller, string pseudonym, Guid grantor, DateTimeOffset now, DateTimeOffset expiresAt)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["iss"] = Issuer, ["aud"] = Audience, ["jti"] = id, ["sub"] = pseudonym, [ControllerClaim] = controller, [GrantorClaim] = grantor.ToString("N"),
            ["iat"] = now.ToUnixTimeSeconds(), ["exp"] = expiresAt.ToUnixTimeSeconds(),
        };
        return _jwt.CreateToken(System.Text.Json.JsonSerializer.Serialize(claims), _signing);
    }

    /// <summary>The subject that a token speaks for, or null: not ours, expired, or of a key that has ended.</summary>
    public Credential? Validate(ReadOnlySpan<char> token, AccessDirectory directory, DateTimeOffset now)
    {
        if (token.Length is 0 or > MaxLength)
            return null;
        var text = token.ToString();
        if (!_known.TryGetValue(text, out var known))
        {
            if (Read(text) is not { } read)
                return null;
            if (_known.Count >= MaxKnown)
                _known.Clear();
            known = _known.GetOrAdd(text, read);
        }

        return known.Credential.ExpiresAt > now && directory.Find(known.Grantor)?.Key.Status(now) == ApiKeyStatus.Active ? known.Credential : null;
    }

    public void Dispose() => _key.Dispose();

    private Known? Read(string text)
    {
        try
        {
            if (!_jwt.CanReadToken(text) || _jwt.ReadJsonWebToken(text) is not { Alg: SecurityAlgorithms.EcdsaSha256 } token || !_jwt.ValidateToken(text, _parameters).IsValid)
                return null;
            var (pseudonym, controller) = (token.Subject, token.GetClaim(ControllerClaim).Value);
            var caller = new Caller(Issuer, pseudonym) { Roles = [Roles.Subject], Controllers = [controller], Subject = pseudonym };
            return new Known(
                new Credential(token.Id, Role.Subject, caller, new DateTimeOffset(token.ValidTo, TimeSpan.Zero)), Guid.ParseExact(token.GetClaim(GrantorClaim).Value, "N"));
        }
        catch (Exception e) when (e is ArgumentException or FormatException or SecurityTokenException or Newtonsoft.Json.JsonException)
        {
            // Whatever is not a token of ours: the caller is not known.
            return null;
        }
    }

    private sealed record Known(Credential Credential, Guid Grantor);
}

using System.Collections.Frozen;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Microsoft.Extensions.Options;
using Microsoft.IdentityModel.Tokens;

namespace Integritet.Platform.Hosting;

/// <summary>The signing key of this service and the public keys of those it believes: EC P-256 only.</summary>
internal sealed class InternalKeys : IDisposable
{
    private readonly List<ECDsa> _owned;

    private InternalKeys(SigningCredentials signing, FrozenDictionary<string, ECDsaSecurityKey> trusted, List<ECDsa> owned) => (Signing, Trusted, _owned) = (signing, trusted, owned);

    public SigningCredentials Signing { get; }

    public FrozenDictionary<string, ECDsaSecurityKey> Trusted { get; }

    /// <summary>Reads all keys; throws <see cref="OptionsValidationException"/> with what to do.</summary>
    public static InternalKeys Read(IdentityOptions options)
    {
        var own = ReadKey(options.PrivateKeyFile, "Identity__PrivateKeyFile", "openssl ecparam -name prime256v1 -genkey -noout");
        var trusted = new Dictionary<string, ECDsa>(StringComparer.Ordinal);
        if (!Directory.Exists(options.TrustedKeysDirectory))
            throw Fault($"Identity__TrustedKeysDirectory: '{options.TrustedKeysDirectory}' is not there. It holds <issuer>.pem, the public key of the gateway and of every service.");
        foreach (var file in Directory.EnumerateFiles(options.TrustedKeysDirectory, "*.pem"))
            trusted[Path.GetFileNameWithoutExtension(file)] = ReadKey(file, "Identity__TrustedKeysDirectory", "openssl ec -pubout");
        if (trusted.Count == 0)
            throw Fault($"Identity__TrustedKeysDirectory: '{options.TrustedKeysDirectory}' holds no <issuer>.pem: nobody could call this service.");
        return new InternalKeys(
            new SigningCredentials(new ECDsaSecurityKey(own), SecurityAlgorithms.EcdsaSha256),
            trusted.ToFrozenDictionary(t => t.Key, t => new ECDsaSecurityKey(t.Value), StringComparer.Ordinal),
            [own, .. trusted.Values]);
    }

    public void Dispose() => _owned.ForEach(key => key.Dispose());

    private static ECDsa ReadKey(string path, string setting, string command)
    {
        if (path.Length == 0)
            throw Fault($"{setting} is not set: name a PEM file with an EC P-256 key ({command}).");
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(path));
            return key.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == "1.2.840.10045.3.1.7" ? key : throw Fault($"{setting}: '{path}' is not an EC P-256 key ({command}).");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or CryptographicException)
        {
            key.Dispose();
            throw Fault($"{setting}: '{path}' cannot be read as an EC P-256 key ({command}): {e.Message}");
        }
    }

    private static OptionsValidationException Fault(string message) => new(nameof(IdentityOptions), typeof(IdentityOptions), [message]);
}

/// <summary>The claims of an internal token.</summary>
internal sealed record TokenClaims
{
    [JsonPropertyName("iss")]
    public required string Issuer { get; init; }

    [JsonPropertyName("aud")]
    public required string Audience { get; init; }

    [JsonPropertyName("sub")]
    public required string Subject { get; init; }

    [JsonPropertyName("iat")]
    public required long IssuedAt { get; init; }

    [JsonPropertyName("nbf")]
    public required long NotBefore { get; init; }

    [JsonPropertyName("exp")]
    public required long Expires { get; init; }

    [JsonPropertyName("person")]
    public string? Person { get; init; }

    [JsonPropertyName("roles")]
    public IReadOnlyList<string> Roles { get; init; } = [];

    [JsonPropertyName("controllers")]
    public IReadOnlyList<string> Controllers { get; init; } = [];

    [JsonPropertyName("systems")]
    public IReadOnlyList<string> Systems { get; init; } = [];

    [JsonPropertyName("subject")]
    public string? Pseudonym { get; init; }
}

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(TokenClaims))]
internal sealed partial class TokenJson : JsonSerializerContext;

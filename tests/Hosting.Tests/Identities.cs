using System.Security.Cryptography;
using Microsoft.Extensions.Options;

namespace Integritet.Hosting.Tests;

/// <summary>Keys of a gateway and two services, in files as they are deployed, and the tokens they mint.</summary>
public sealed class Identities : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("integritet-identities-");

    public Identities(params string[] issuers)
    {
        Directory.CreateDirectory(TrustedKeys);
        foreach (var issuer in issuers.DefaultIfEmpty("gateway"))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(PrivateKey(issuer), key.ExportPkcs8PrivateKeyPem());
            File.WriteAllText(Path.Combine(TrustedKeys, issuer + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        }

        File.WriteAllText(PersonalDataKey, Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
    }

    public string TrustedKeys => Path.Combine(_directory.FullName, "trusted");

    public string PersonalDataKey => Path.Combine(_directory.FullName, "personal-data.key");

    public string PrivateKey(string issuer) => Path.Combine(_directory.FullName, issuer + ".private.pem");

    public InternalTokens Tokens(string issuer, TimeProvider? time = null) =>
        new(issuer, Options.Create(new IdentityOptions { PrivateKeyFile = PrivateKey(issuer), TrustedKeysDirectory = TrustedKeys }), time);

    public string Token(Caller caller)
    {
        using var tokens = Tokens("gateway");
        return tokens.Mint(caller);
    }

    public void Dispose() => _directory.Delete(recursive: true);
}

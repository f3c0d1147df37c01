using System.Security.Cryptography;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Microsoft.Extensions.Options;
using Xunit;

namespace Integritet.Servers;

/// <summary>The keys of an installation: the gateway's and each service's own, which the others trust, and the one that pseudonyms are made with.</summary>
public sealed class InstallationKeys : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("integritet-tests-");
    private readonly byte[] _pseudonymKey = RandomNumberGenerator.GetBytes(32);
    private readonly InternalTokens _gateway;

    public InstallationKeys(params IReadOnlyList<string> services)
    {
        Directory.CreateDirectory(Trusted);
        foreach (var name in services.Prepend("gateway"))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(IdentityOf(name).PrivateKeyFile, key.ExportECPrivateKeyPem());
            File.WriteAllText(Path.Combine(Trusted, name + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        }

        File.WriteAllText(PseudonymKeyFile, Convert.ToBase64String(_pseudonymKey));
        _gateway = new InternalTokens("gateway", Options.Create(IdentityOf("gateway")));
    }

    private string Trusted => Path.Combine(_directory.FullName, "trusted");

    private string PseudonymKeyFile => Path.Combine(_directory.FullName, "pseudonym.key");

    /// <summary>What a service is started with; its personal data is under a key of its own, made anew by each call.</summary>
    public Dictionary<string, string> SettingsOf(string service, string database, string broker) => new(StringComparer.Ordinal)
    {
        ["EventStore__ConnectionString"] = database,
        ["RabbitMq__Uri"] = broker,
        ["PersonalData__PseudonymKeyFile"] = PseudonymKeyFile,
        ["PersonalData__KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
        ["Identity__PrivateKeyFile"] = IdentityOf(service).PrivateKeyFile,
        ["Identity__TrustedKeysDirectory"] = Trusted,
    };

    /// <summary>The pseudonym of somebody at a controller, in every service.</summary>
    public string PseudonymOf(string controller, string type, string value)
    {
        Assert.True(SubjectId.TryParse(type, value, out var subject, out _));
        return new Pseudonyms(new InstallationSecret(_pseudonymKey)).Of(controller, subject);
    }

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(Caller caller) => _gateway.Mint(caller);

    public void Dispose()
    {
        _gateway.Dispose();
        _directory.Delete(recursive: true);
    }

    private IdentityOptions IdentityOf(string service) =>
        new() { PrivateKeyFile = Path.Combine(_directory.FullName, service + ".private.pem"), TrustedKeysDirectory = Trusted };
}

using Integritet.Gateway.ApiKeys;

namespace Integritet.Gateway.Tests;

/// <summary>An installation with one replica that the tests of a class use one after the other.</summary>
public sealed class SharedInstallation(PostgresFixture postgres) : IAsyncLifetime
{
    public Installation Installation { get; private set; } = null!;

    public Replica Replica { get; private set; } = null!;

    public Upstream Upstream => Installation.Upstream;

    public BootstrapCredentials.CredentialsFile Keys => Installation.Keys;

    /// <summary>Gives the service behind the gateway its first behaviour back.</summary>
    public SharedInstallation Fresh()
    {
        Upstream.Reset();
        return this;
    }

    public async ValueTask InitializeAsync() => (Installation, Replica) = await Installation.StartAsync(postgres, ("Gateway:RefusedCallsPerSecond", "1000"));

    public ValueTask DisposeAsync() => Installation.DisposeAsync();
}

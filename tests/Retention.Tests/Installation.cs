using System.Globalization;
using System.Security.Cryptography;
using Integritet.Retention.Tests;
using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Servers;
using MassTransit;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

[assembly: AssemblyFixture(typeof(Installation))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Integritet.Retention.Tests;

/// <summary>
/// A real PostgreSQL and RabbitMQ, a Retention that runs beside them as a process, and a stand-in for the Policy service's side of the bus: it answers a service that asks for policies.
/// Started when the first test over HTTP needs it.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private static readonly string[] Controllers = ["almena", "bg-network-services", "did-virtual-numbers", "netip", "privatealps"];

    private readonly string _directory = Directory.CreateTempSubdirectory("retention-tests-").FullName;
    private readonly byte[] _pseudonymKey = RandomNumberGenerator.GetBytes(32);
    private readonly Lazy<Task<RetentionProcess>> _service;
    private readonly Dictionary<string, string> _environment = new(StringComparer.Ordinal);
    private InternalTokens? _gateway;
    private PostgresServer? _postgres;
    private RabbitMqServer? _rabbit;
    private IBusControl? _bus;
    private IConnection? _asks;

    public Installation() => _service = new Lazy<Task<RetentionProcess>>(StartAsync);

    /// <summary>The service, ready.</summary>
    public Task<RetentionProcess> ServiceAsync() => _service.Value;

    /// <summary>What the service is configured with beside what it needs.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>The broker.</summary>
    public Uri Broker => new(_environment["RabbitMq__Uri"]);

    /// <summary>What a replica of the service is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Where the service keeps its events.</summary>
    public string Database => _environment["EventStore__ConnectionString"];

    public string PseudonymOf(string email, string controller = "almena") => PseudonymOf("email", email, controller);

    public string PseudonymOf(string type, string value, string controller)
    {
        Assert.True(SubjectId.TryParse(type, value, out var subject, out _));
        return new Pseudonyms(new InstallationSecret(_pseudonymKey)).Of(controller, subject);
    }

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "*", string? subject = null, params string[] systems) => _gateway!.Mint(
        new Caller("gateway", subject ?? "key-of-" + role) { Person = "person-of-" + role, Roles = [role], Controllers = [controller], Systems = systems.Length == 0 ? ["*"] : systems, Subject = subject });

    /// <summary>Tells everybody what another service would.</summary>
    public Task TellAsync<TMessage>(TMessage message)
        where TMessage : class => _bus!.Publish(message);

    /// <summary>Tells everybody of a policy version, as the Policy service would.</summary>
    public Task PublishPolicyAsync(string controller, int version, string document, DateTimeOffset effectiveFrom)
    {
        var hash = Pure.Version(document).Hash;
        var stream = string.Create(CultureInfo.InvariantCulture, $"policy-{version}");
        return _bus!.Publish(new PolicyPublished(controller, "policy", stream, 2, 2, version, hash, document, effectiveFrom, effectiveFrom));
    }

    public async ValueTask DisposeAsync()
    {
        if (_service.IsValueCreated)
            await (await _service.Value).DisposeAsync();
        if (_asks is not null)
            await _asks.DisposeAsync();
        if (_bus is not null)
            await _bus.StopAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _gateway?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<RetentionProcess> StartAsync()
    {
        var rabbit = RabbitMqServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        _rabbit = await rabbit;
        var broker = await _rabbit.CreateVirtualHostAsync();
        WriteKeys();
        _environment["EventStore__ConnectionString"] = await _postgres.CreateDatabaseAsync();
        _environment["RabbitMq__Uri"] = broker;
        _environment["PersonalData__PseudonymKeyFile"] = Path.Combine(_directory, "pseudonym.key");
        _environment["PersonalData__KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));
        _environment["Identity__PrivateKeyFile"] = Path.Combine(_directory, "retention.private.pem");
        _environment["Identity__TrustedKeysDirectory"] = Path.Combine(_directory, "trusted");
        _gateway = new InternalTokens("gateway", Options.Create(new IdentityOptions
        {
            PrivateKeyFile = Path.Combine(_directory, "gateway.private.pem"), TrustedKeysDirectory = Path.Combine(_directory, "trusted"),
        }));

        foreach (var (name, value) in Settings)
            _environment[name] = value;
        var service = new RetentionProcess(_environment);
        await service.LiveAsync();
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await service.GetAsync("/health/ready", token: null)).Status);
        await AnswerAsksAsync(broker);
        await service.ReadyAsync();
        foreach (var controller in Controllers)
            await Until.TrueAsync(async () => (await service.GetAsync($"/v1/{controller}/retention/replanning", Token(Roles.Auditor))).Status == System.Net.HttpStatusCode.OK);
        return service;
    }

    // The service has no policy, asks, and is ready only when it has been answered.
    private async Task AnswerAsksAsync(string broker)
    {
        var factory = new ConnectionFactory { Uri = new Uri(broker) };
        _bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(factory.HostName, (ushort)factory.Endpoint.Port, factory.VirtualHost, host =>
        {
            host.Username(factory.UserName);
            host.Password(factory.Password);
        }));
        await _bus.StartAsync();
        _asks = await factory.CreateConnectionAsync();
        await Until.TrueAsync(() => ExistsAsync("policy.policies-wanted"));
        var channel = await _asks.CreateChannelAsync();
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, _) =>
        {
            foreach (var controller in Controllers)
                await PublishPolicyAsync(controller, 1, Pure.Document(controller), new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
        };
        await channel.BasicConsumeAsync("policy.policies-wanted", autoAck: true, consumer);
    }

    private async Task<bool> ExistsAsync(string queue)
    {
        await using var channel = await _asks!.CreateChannelAsync();
        try
        {
            await channel.QueueDeclarePassiveAsync(queue);
            return true;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return false;
        }
    }

    private void WriteKeys()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "trusted"));
        foreach (var name in new[] { "gateway", "retention" })
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(Path.Combine(_directory, name + ".private.pem"), key.ExportECPrivateKeyPem());
            File.WriteAllText(Path.Combine(_directory, "trusted", name + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        }
        File.WriteAllText(Path.Combine(_directory, "pseudonym.key"), Convert.ToBase64String(_pseudonymKey));
    }
}

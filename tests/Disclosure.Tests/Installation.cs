using System.Security.Cryptography;
using Integritet.Contracts;
using Integritet.Disclosure.Tests;
using Integritet.Platform.Hosting;
using Integritet.Platform.PersonalData;
using Integritet.Servers;
using MassTransit;
using Microsoft.Extensions.Options;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;

[assembly: AssemblyFixture(typeof(Installation))]
[assembly: CollectionBehavior(DisableTestParallelization = true)]

namespace Integritet.Disclosure.Tests;

/// <summary>
/// A real PostgreSQL and RabbitMQ, beside them Disclosure and, where it is asked for, Consent, each a process of its own, and a stand-in for the Policy service's side of the bus.
/// Started when the first test over HTTP needs it.
/// </summary>
public sealed class Installation : IAsyncDisposable
{
    private static readonly string[] Names = ["disclosure", "consent"];
    private static readonly string[] Controllers = ["privatealps", "netip", "did-virtual-numbers", "almena", "bg-network-services"];

    private readonly string _directory = Directory.CreateTempSubdirectory("disclosure-tests-").FullName;
    private readonly byte[] _pseudonymKey = RandomNumberGenerator.GetBytes(32);
    private readonly Dictionary<string, int> _ports = Names.ToDictionary(name => name, _ => ServiceProcess.FreePort(), StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _environments = new(StringComparer.Ordinal);
    private readonly Lazy<Task<ServiceProcess>> _disclosure;
    private readonly Lazy<Task<ServiceProcess>> _consent;
    private readonly Lazy<Task> _servers;
    private readonly bool _ownBroker;
    private InternalTokens? _gateway;
    private PostgresServer? _postgres;
    private IBusControl? _bus;
    private IConnection? _asks;

    public Installation()
        : this(ownBroker: false)
    {
    }

    internal Installation(bool ownBroker)
    {
        _ownBroker = ownBroker;
        _servers = new Lazy<Task>(StartServersAsync);
        _disclosure = new Lazy<Task<ServiceProcess>>(() => StartAsync("Disclosure"));
        _consent = new Lazy<Task<ServiceProcess>>(() => StartAsync("Consent"));
    }

    /// <summary>The broker; one of this installation's own where it was asked for.</summary>
    public RabbitMqServer Broker { get; private set; } = null!;

    /// <summary>Disclosure, ready.</summary>
    public Task<ServiceProcess> DisclosureAsync() => _disclosure.Value;

    /// <summary>Consent, ready.</summary>
    public Task<ServiceProcess> ConsentAsync() => _consent.Value;

    /// <summary>Another process of Disclosure, on the same data and at the same address, for one that was killed.</summary>
    public async Task<ServiceProcess> StartDisclosureAgainAsync()
    {
        var again = new ServiceProcess("Disclosure", _ports["disclosure"], _environments["disclosure"]);
        await again.ReadyAsync();
        return again;
    }

    /// <summary>Where a service keeps its events.</summary>
    public string DatabaseOf(string service) => _environments[service]["EventStore__ConnectionString"];

    public string PseudonymOf(string email, string controller)
    {
        Assert.True(SubjectId.TryParse("email", email, out var subject, out _));
        return new Pseudonyms(new InstallationSecret(_pseudonymKey)).Of(controller, subject);
    }

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "*") => _gateway!.Mint(
        new Caller("gateway", "key-of-" + role) { Person = "person-of-" + role, Roles = [role], Controllers = [controller], Systems = ["*"] });

    public async ValueTask DisposeAsync()
    {
        foreach (var service in new[] { _disclosure, _consent })
            if (service is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await service.Value).DisposeAsync();
        if (_asks is not null)
            await _asks.DisposeAsync();
        if (_bus is not null)
            await _bus.StopAsync();
        if (Broker is not null)
            await Broker.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _gateway?.Dispose();
        Directory.Delete(_directory, recursive: true);
    }

    private async Task<ServiceProcess> StartAsync(string name)
    {
        await _servers.Value;
        var service = new ServiceProcess(name, _ports[name.ToLowerInvariant()], _environments[name.ToLowerInvariant()]);
        await service.ReadyAsync();
        return service;
    }

    private async Task StartServersAsync()
    {
        var broker = _ownBroker ? RabbitMqServer.StartPrivateAsync() : RabbitMqServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        Broker = await broker;
        var uri = _ownBroker ? Broker.Uri.ToString() : await Broker.CreateVirtualHostAsync();
        WriteKeys();
        foreach (var name in Names)
            _environments[name] = await SettingsAsync(name, uri);
        _gateway = new InternalTokens("gateway", Options.Create(new IdentityOptions
        {
            PrivateKeyFile = Path.Combine(_directory, "gateway.private.pem"), TrustedKeysDirectory = Path.Combine(_directory, "trusted"),
        }));
        await AnswerAsksAsync(uri);
    }

    private async Task<Dictionary<string, string>> SettingsAsync(string name, string broker)
    {
        var settings = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["EventStore__ConnectionString"] = await _postgres!.CreateDatabaseAsync(),
            ["RabbitMq__Uri"] = broker,
            ["PersonalData__PseudonymKeyFile"] = Path.Combine(_directory, "pseudonym.key"),
            ["PersonalData__KeyEncryptionKey"] = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)),
            ["Identity__PrivateKeyFile"] = Path.Combine(_directory, name + ".private.pem"),
            ["Identity__TrustedKeysDirectory"] = Path.Combine(_directory, "trusted"),
        };
        foreach (var (other, port) in _ports)
            settings[$"Services__{other}"] = $"http://127.0.0.1:{port}";
        return settings;
    }

    // A service without policies asks for them; here is who answers.
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
        var channel = await _asks.CreateChannelAsync();
        await channel.ExchangeDeclareAsync("Integritet.Contracts:PoliciesWanted", ExchangeType.Fanout, durable: true);
        var queue = await channel.QueueDeclareAsync("policies-wanted-here", durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(queue.QueueName, "Integritet.Contracts:PoliciesWanted", "");
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, _) =>
        {
            foreach (var controller in Controllers)
                await PublishPolicyAsync(controller);
        };
        await channel.BasicConsumeAsync(queue.QueueName, autoAck: true, consumer);
    }

    private Task PublishPolicyAsync(string controller)
    {
        var policy = Pure.Policy(controller);
        var since = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        return _bus!.Publish(new PolicyPublished(controller, "policy", "policy-1", 2, 2, 1, policy.Hash, Pure.Document(controller), since, since));
    }

    private void WriteKeys()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "trusted"));
        foreach (var name in Names.Prepend("gateway"))
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            File.WriteAllText(Path.Combine(_directory, name + ".private.pem"), key.ExportECPrivateKeyPem());
            File.WriteAllText(Path.Combine(_directory, "trusted", name + ".pem"), key.ExportSubjectPublicKeyInfoPem());
        }
        File.WriteAllText(Path.Combine(_directory, "pseudonym.key"), Convert.ToBase64String(_pseudonymKey));
    }
}

using Integritet.Disclosure.Tests;
using Integritet.Platform.Hosting;

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

    private readonly InstallationKeys _keys = new(Names);
    private readonly Dictionary<string, int> _ports = Names.ToDictionary(name => name, _ => LoopbackPort.Reserve(), StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, string>> _environments = new(StringComparer.Ordinal);
    private readonly Lazy<Task<ServiceProcess>> _disclosure;
    private readonly Lazy<Task<ServiceProcess>> _consent;
    private readonly Lazy<Task> _servers;
    private readonly bool _ownBroker;
    private PostgresServer? _postgres;
    private PolicyStandIn? _policy;

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
        var again = new ServiceProcess("Disclosure", _environments["disclosure"], _ports["disclosure"]);
        await again.ReadyAsync();
        return again;
    }

    /// <summary>Where a service keeps its events.</summary>
    public string DatabaseOf(string service) => _environments[service]["EventStore__ConnectionString"];

    public string PseudonymOf(string email, string controller) => _keys.PseudonymOf(controller, "email", email);

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "*") => _keys.Token(
        new Caller("gateway", "key-of-" + role) { Person = "person-of-" + role, Roles = [role], Controllers = [controller], Systems = ["*"] });

    public async ValueTask DisposeAsync()
    {
        foreach (var service in new[] { _disclosure, _consent })
            if (service is { IsValueCreated: true, Value.IsCompletedSuccessfully: true })
                await (await service.Value).DisposeAsync();
        if (_policy is not null)
            await _policy.DisposeAsync();
        if (Broker is not null)
            await Broker.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _keys.Dispose();
    }

    private async Task<ServiceProcess> StartAsync(string name)
    {
        await _servers.Value;
        var service = new ServiceProcess(name, _environments[name.ToLowerInvariant()], _ports[name.ToLowerInvariant()]);
        await service.ReadyAsync();
        return service;
    }

    private async Task StartServersAsync()
    {
        var broker = _ownBroker ? RabbitMqServer.StartPrivateAsync() : RabbitMqServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        Broker = await broker;
        var uri = _ownBroker ? Broker.Uri.ToString() : await Broker.CreateVirtualHostAsync();
        foreach (var name in Names)
            _environments[name] = await SettingsAsync(name, uri);
        _policy = await PolicyStandIn.StartFirstAsync(uri, Controllers);
    }

    private async Task<Dictionary<string, string>> SettingsAsync(string name, string broker)
    {
        var settings = _keys.SettingsOf(name, await _postgres!.CreateDatabaseAsync(), broker);
        foreach (var (other, port) in _ports)
            settings[$"Services__{other}"] = $"http://127.0.0.1:{port}";
        return settings;
    }
}

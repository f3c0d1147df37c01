using Integritet.Retention.Tests;
using Integritet.Platform.Hosting;

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

    private readonly InstallationKeys _keys = new("retention");
    private readonly Lazy<Task<ServiceProcess>> _service;
    private Dictionary<string, string> _environment = [];
    private PostgresServer? _postgres;
    private RabbitMqServer? _rabbit;
    private PolicyStandIn? _policy;

    public Installation() => _service = new Lazy<Task<ServiceProcess>>(StartAsync);

    /// <summary>The service, ready.</summary>
    public Task<ServiceProcess> ServiceAsync() => _service.Value;

    /// <summary>
    /// What the service is configured with beside what it needs. Without a schedule nothing is instructed by itself: whatever the machine's date and hour, what a test registers stays as the test leaves it,
    /// though it be due.
    /// </summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal) { ["Schedule__Enabled"] = "false" };

    /// <summary>The broker.</summary>
    public Uri Broker => new(_environment["RabbitMq__Uri"]);

    /// <summary>What a replica of the service is started with.</summary>
    public IReadOnlyDictionary<string, string> Environment => _environment;

    /// <summary>Where the service keeps its events.</summary>
    public string Database => _environment["EventStore__ConnectionString"];

    public string PseudonymOf(string email, string controller = "almena") => PseudonymOf("email", email, controller);

    public string PseudonymOf(string type, string value, string controller) => _keys.PseudonymOf(controller, type, value);

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "*", string? subject = null, params string[] systems) => _keys.Token(
        new Caller("gateway", subject ?? "key-of-" + role) { Person = "person-of-" + role, Roles = [role], Controllers = [controller], Systems = systems.Length == 0 ? ["*"] : systems, Subject = subject });

    /// <summary>Tells everybody what another service would.</summary>
    public Task TellAsync<TMessage>(TMessage message)
        where TMessage : class => _policy!.TellAsync(message);

    /// <summary>Tells everybody of a policy version, as the Policy service would.</summary>
    public Task PublishPolicyAsync(string controller, int version, string document, DateTimeOffset effectiveFrom) =>
        _policy!.PublishAsync(controller, version, document, effectiveFrom);

    public async ValueTask DisposeAsync()
    {
        if (_service.IsValueCreated)
            await (await _service.Value).DisposeAsync();
        if (_policy is not null)
            await _policy.DisposeAsync();
        if (_rabbit is not null)
            await _rabbit.DisposeAsync();
        if (_postgres is not null)
            await _postgres.DisposeAsync();
        _keys.Dispose();
    }

    private async Task<ServiceProcess> StartAsync()
    {
        var rabbit = RabbitMqServer.StartAsync();
        _postgres = await PostgresServer.StartAsync();
        _rabbit = await rabbit;
        var broker = await _rabbit.CreateVirtualHostAsync();
        _environment = _keys.SettingsOf("retention", await _postgres.CreateDatabaseAsync(), broker);
        foreach (var (name, value) in Settings)
            _environment[name] = value;
        var service = new ServiceProcess("Retention", _environment);
        await service.LiveAsync();
        Assert.Equal(System.Net.HttpStatusCode.ServiceUnavailable, (await service.GetAsync("/health/ready", token: null)).Status);
        // It has no policy, asks, and is ready only when it has received all.
        _policy = await PolicyStandIn.StartAsync(broker, Controllers);
        await service.ReadyAsync();
        // Then it plans by them.
        foreach (var controller in Controllers)
            await Until.TrueAsync(async () => (await service.GetAsync($"/v1/{controller}/retention/replanning", Token(Roles.Auditor))).Status == System.Net.HttpStatusCode.OK);
        return service;
    }
}

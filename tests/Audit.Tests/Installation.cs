using Integritet.Platform.Hosting;
using Integritet.Servers;

namespace Integritet.Audit.Tests;

/// <summary>An installation in which an Audit runs as a process of its own, so that it can be killed.</summary>
internal sealed class Installation : IAsyncDisposable
{
    private readonly InstallationKeys _keys = new("audit");
    private readonly Dictionary<string, string> _environment;
    private readonly List<ServiceProcess> _processes = [];

    public Installation(string database, string broker) => _environment = _keys.SettingsOf("audit", database, broker);

    /// <summary>Where Audit reads the log of a service whose feed has a gap.</summary>
    public Installation With(string service, Uri address)
    {
        _environment[$"Services__{service}"] = address.ToString();
        return this;
    }

    public string PseudonymOf(string controller, string email) => _keys.PseudonymOf(controller, "email", email);

    /// <summary>A token as the gateway mints it.</summary>
    public string Token(string role, string controller = "almena", string? subject = null) =>
        _keys.Token(new Caller("gateway", "key-of-" + role) { Person = "somebody", Roles = [role], Controllers = [controller], Subject = subject });

    public async Task<ServiceProcess> StartAsync()
    {
        var process = new ServiceProcess("Audit", _environment);
        _processes.Add(process);
        await process.ReadyAsync();
        return process;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in _processes)
            await process.DisposeAsync();
        _keys.Dispose();
    }
}

using System.Globalization;

namespace Integritet.Servers;

/// <summary>A real RabbitMQ server on a loopback port: the one named by INTEGRITET_TEST_RABBITMQ (with INTEGRITET_TEST_RABBITMQ_DIRECTORY, its state), or a private one.</summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    private readonly bool _isPrivate;

    private RabbitMqServer(string directory, int port, string password, bool isPrivate) => (Directory, Port, Password, _isPrivate) = (directory, port, password, isPrivate);

    /// <summary>Where it keeps its files.</summary>
    public string Directory { get; }

    /// <summary>The AMQP port.</summary>
    public int Port { get; }

    private string Password { get; }

    /// <summary>The shared server where there is one, else a private one.</summary>
    public static async Task<RabbitMqServer> StartAsync() =>
        Environment.GetEnvironmentVariable("INTEGRITET_TEST_RABBITMQ_DIRECTORY") is { Length: > 0 } shared
            ? new(shared, int.Parse(await ReadAsync(shared, "port"), CultureInfo.InvariantCulture), await ReadAsync(shared, "password"), isPrivate: false)
            : await StartPrivateAsync();

    /// <summary>A private server, which may be killed.</summary>
    public static async Task<RabbitMqServer> StartPrivateAsync()
    {
        var started = (await LocalServer.RunAsync("rabbitmq", "start", LocalServer.NewDirectory("rabbitmq"))).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return new(started[0], int.Parse(started[1], CultureInfo.InvariantCulture), started[2], isPrivate: true);
    }

    /// <summary>A new virtual host, so that tests do not share queues; its AMQP URI.</summary>
    public async Task<string> CreateVirtualHostAsync()
    {
        var name = $"test-{Guid.CreateVersion7():n}";
        await LocalServer.RunAsync("rabbitmq", "vhost", Directory, name);
        return UriOf(name);
    }

    /// <summary>The AMQP URI of a virtual host.</summary>
    public string UriOf(string virtualHost) => $"amqp://integritet:{Password}@127.0.0.1:{Port.ToString(CultureInfo.InvariantCulture)}/{Uri.EscapeDataString(virtualHost)}";

    /// <summary>Kills the broker with SIGKILL.</summary>
    public Task KillAsync() => LocalServer.RunAsync("rabbitmq", "kill", OwnDirectory());

    /// <summary>Stops it in order.</summary>
    public Task StopAsync() => LocalServer.RunAsync("rabbitmq", "stop", OwnDirectory());

    /// <summary>Starts it again on the same port with the same data.</summary>
    public Task RestartAsync() => LocalServer.RunAsync("rabbitmq", "start", OwnDirectory(), Port.ToString(CultureInfo.InvariantCulture));

    /// <summary>Stops a private server and deletes its files; leaves a shared one alone.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_isPrivate)
            await LocalServer.RunAsync("rabbitmq", "remove", Directory);
    }

    private string OwnDirectory() => _isPrivate ? Directory : throw new InvalidOperationException("Only a private server may be stopped: use StartPrivateAsync.");

    private static async Task<string> ReadAsync(string directory, string file) => (await File.ReadAllTextAsync(Path.Combine(directory, file))).Trim();
}

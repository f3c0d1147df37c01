using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;

namespace Integritet.Servers;

/// <summary>
/// A real RabbitMQ on loopback. Private to the test, or the one named by <c>INTEGRITET_TEST_RABBITMQ</c> (an AMQP URI of an
/// administrator, its management port 10,000 above). Tests keep apart by virtual hosts. Disposal deletes what it made.
/// </summary>
public sealed class RabbitMqServer : IAsyncDisposable
{
    public const string SharedVariable = "INTEGRITET_TEST_RABBITMQ";

    private readonly LocalServer? _local;
    private readonly List<string> _virtualHosts = [];
    private readonly HttpClient _management;
    private readonly string _user;

    private RabbitMqServer(LocalServer? local, Uri uri)
    {
        _local = local;
        Uri = uri;
        _user = Uri.UnescapeDataString(uri.UserInfo.Split(':')[0]);
        _management = new HttpClient { BaseAddress = new Uri($"http://{uri.Host}:{uri.Port + 10_000}/api/") };
        _management.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(Uri.UnescapeDataString(uri.UserInfo))));
    }

    /// <summary>The default virtual host's AMQP URI.</summary>
    public Uri Uri { get; }

    /// <summary>The server's management API (<c>queues/…</c>, <c>vhosts/…</c>), authenticated.</summary>
    public HttpClient Management => _management;

    /// <summary>Where a private server keeps its files and logs.</summary>
    public string State => Private.State;

    private LocalServer Private => _local ?? throw new InvalidOperationException("this server is shared with other tests; use StartPrivateAsync");

    /// <summary>The shared server where there is one, else a private one.</summary>
    public static async Task<RabbitMqServer> StartAsync() =>
        Environment.GetEnvironmentVariable(SharedVariable) is { Length: > 0 } shared ? new RabbitMqServer(null, new Uri(shared)) : await StartPrivateAsync();

    /// <summary>A server of this test's own, which it may kill.</summary>
    public static async Task<RabbitMqServer> StartPrivateAsync()
    {
        var local = await LocalServer.StartAsync("rabbitmq");
        return new RabbitMqServer(local, new Uri($"amqp://integritet:{local.Password}@127.0.0.1:{local.Port}/"));
    }

    /// <summary>Makes an empty virtual host and gives its AMQP URI.</summary>
    public async Task<string> CreateVirtualHostAsync()
    {
        var name = $"test-{Guid.CreateVersion7():n}";
        await PutAsync($"vhosts/{name}", new { });
        lock (_virtualHosts)
            _virtualHosts.Add(name);
        await PutAsync($"permissions/{name}/{_user}", new { configure = ".*", write = ".*", read = ".*" });
        return new Uri(Uri, name).ToString();
    }

    /// <summary>kill -9 of the broker.</summary>
    public Task KillAsync() => Private.KillAsync();

    /// <summary>Stops the broker in an orderly way.</summary>
    public Task StopAsync() => Private.StopAsync();

    /// <summary>Starts the killed or stopped broker again, on the same port; returns when it speaks AMQP.</summary>
    public Task RestartAsync() => Private.StartAgainAsync();

    public async ValueTask DisposeAsync()
    {
        if (_local is not null)
        {
            await _local.RemoveAsync();
        }
        else
        {
            foreach (var name in _virtualHosts)
                (await _management.DeleteAsync($"vhosts/{name}")).EnsureSuccessStatusCode();
        }

        _management.Dispose();
    }

    private async Task PutAsync(string path, object body) => (await _management.PutAsJsonAsync(path, body)).EnsureSuccessStatusCode();
}

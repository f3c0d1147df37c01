using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text;
using Integritet.Platform.EventStore;
using Integritet.Platform.Messaging;
using Integritet.Servers;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Integritet.Audit.Tests;

/// <summary>A service as Audit sees it: events on the broker, and its log at <c>/internal/events</c>. What is published, in which order and how often, is the test's to say.</summary>
internal sealed class SourceService : IAsyncDisposable
{
    private readonly WebApplication _http;
    private readonly List<RecordedEvent> _log = [];
    private readonly ConcurrentQueue<long> _asked = new();

    private SourceService(string name, WebApplication http) => (Name, _http) = (name, http);

    public string Name { get; }

    public Uri Address => new(_http.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());

    /// <summary>The positions after which its log was asked for.</summary>
    public IReadOnlyCollection<long> Asked => _asked;

    /// <summary>While true its log cannot be read.</summary>
    public bool Away { get; set; }

    public static async Task<SourceService> StartAsync(string name)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var service = new SourceService(name, builder.Build());
        service._http.Run(service.AnswerAsync);
        await service._http.StartAsync();
        return service;
    }

    /// <summary>Records events; the first goes to <paramref name="controller"/>(its position).</summary>
    public SourceService Record(int count, Func<int, string>? controller = null, Func<int, string[]>? subjects = null)
    {
        for (var position = _log.Count + 1; count > 0; position++, count--)
        {
            var metadata = new EventMetadata("k-1", "c-1", "key-1") { Subjects = subjects?.Invoke(position) ?? [] };
            var data = Encoding.UTF8.GetBytes($$"""{"number":{{position}},"text":"åäö"}""");
            _log.Add(new RecordedEvent(position, Guid.CreateVersion7(), controller?.Invoke(position) ?? "almena", $"s-{position % 7}", 1, "thing-done.v1", data, Leaves.Start.AddMilliseconds(position), metadata));
        }
        return this;
    }

    public byte[] Message(long position) => CloudEventFormat.Write(Name, _log[(int)position - 1], position - 1);

    public Task PublishAsync(Broker broker, params IEnumerable<int> positions) =>
        broker.PublishAsync(positions.Select(p => (CloudEventFormat.RoutingKey(Name, _log[p - 1]), Message(p))));

    public Task BeatAsync(Broker broker) =>
        broker.PublishAsync([(CloudEventFormat.HeartbeatRoutingKey(Name), CloudEventFormat.WriteHeartbeat(Name, _log.Count, Leaves.Start))]);

    public async ValueTask DisposeAsync() => await _http.DisposeAsync();

    private async Task AnswerAsync(HttpContext http)
    {
        var after = long.Parse(http.Request.Query["after"]!, CultureInfo.InvariantCulture);
        var limit = int.Parse(http.Request.Query["limit"]!, CultureInfo.InvariantCulture);
        _asked.Enqueue(after);
        if (Away || http.Request.Headers.Authorization.Count == 0)
        {
            http.Response.StatusCode = (int)(Away ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.Unauthorized);
            return;
        }
        http.Response.ContentType = CloudEventFormat.NdjsonContentType;
        for (var position = after + 1; position <= _log.Count && limit > 0; position++, limit--)
            await http.Response.Body.WriteAsync((byte[])[.. Message(position), (byte)'\n']);
    }
}

/// <summary>What a test has of the broker: confirmed publishing on the feed.</summary>
internal sealed class Broker : IAsyncDisposable
{
    private readonly IConnection _connection;
    private readonly IChannel _channel;

    private Broker(IConnection connection, IChannel channel) => (_connection, _channel) = (connection, channel);

    public static async Task<Broker> ConnectAsync(string uri)
    {
        var connection = await new ConnectionFactory { Uri = new Uri(uri) }.CreateConnectionAsync();
        await Until.TrueAsync(() => HasFeedAsync(connection), withinSeconds: 90, what: "Audit has declared the feed");
        // Far more permits than are ever used: a publish that has to wait for one is overtaken.
        var confirms = new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true, new ThrottlingRateLimiter(100_000));
        return new Broker(connection, await connection.CreateChannelAsync(confirms));
    }

    private static async Task<bool> HasFeedAsync(IConnection connection)
    {
        try
        {
            await using var channel = await connection.CreateChannelAsync();
            return (await channel.QueueDeclarePassiveAsync("audit.events")).ConsumerCount > 0;
        }
        catch (OperationInterruptedException)
        {
            return false;
        }
    }

    public async Task PublishAsync(IEnumerable<(string RoutingKey, byte[] Body)> messages)
    {
        foreach (var some in messages.Chunk(500))
            await Task.WhenAll(some.Select(m => _channel.BasicPublishAsync(
                "integritet.events", m.RoutingKey, mandatory: true, new BasicProperties { Persistent = true, ContentType = CloudEventFormat.ContentType }, m.Body).AsTask())).WaitAsync(TimeSpan.FromSeconds(60));
    }

    public async Task<uint> ReadyAsync(string queue) => (await _channel.QueueDeclarePassiveAsync(queue)).MessageCount;

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _connection.DisposeAsync();
    }
}

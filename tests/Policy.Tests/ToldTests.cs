using System.Text;
using System.Text.Json.Nodes;
using Integritet.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace Integritet.Policy.Tests;

/// <summary>What other services are told, through a real broker.</summary>
public sealed class ToldTests(SharedServers servers) : IClassFixture<SharedServers>, IAsyncLifetime
{
    private const string Published = "consent.policy-published";
    private const string Listed = "consent.policies-listed";
    private Installation _installation = null!;
    private Replica _policy = null!;

    public async ValueTask InitializeAsync()
    {
        _installation = await servers.InstallAsync();
        _policy = await _installation.StartAsync();
    }

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task A_published_version_is_told_with_its_document()
    {
        await _policy.DraftAsync(Documents.Small());
        var published = (await _policy.PublishAsync(1)).Expect(200).Json;

        var told = (await ReceiveAsync(Published, 1)).Single();

        Assert.Equal("small", (string)told["controller"]!);
        Assert.Equal(1, (int)told["version"]!);
        Assert.Equal("policy-1", (string)told["sourceStream"]!);
        Assert.Equal(2, (int)told["sourceVersion"]!);
        Assert.Equal(Documents.Small(), (string)told["document"]!);
        Assert.Equal((string)published["hash"]!, (string)told["hash"]!);
        Assert.Equal((string)published["effectiveFrom"]!, ((DateTimeOffset)told["effectiveFrom"]!).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task A_draft_is_told_to_nobody()
    {
        await _policy.DraftAsync(Documents.Small());
        await _policy.DraftAsync(Documents.Small(label: "help"));
        await _policy.PublishAsync(2);
        Assert.Equal([2], (await ReceiveAsync(Published, 1)).Select(told => (int)told["version"]!));
    }

    [Fact]
    public async Task Who_asks_is_told_every_published_version_again_and_which_these_are()
    {
        await _policy.DraftAsync(Documents.Small());
        await _policy.PublishAsync(1);
        await _policy.DraftAsync(Documents.Small(label: "help"));
        await _policy.PublishAsync(2);
        await _policy.DraftAsync(Documents.Small(label: "never published"));
        await ReceiveAsync(Published, 2);

        await using (var scope = _policy.Services.CreateAsyncScope())
            await scope.ServiceProvider.GetRequiredService<IPublishEndpoint>().Publish(new PoliciesWanted("consent", _installation.Clock.GetUtcNow()), TestContext.Current.CancellationToken);

        Assert.Equal([1, 2], (await ReceiveAsync(Published, 2)).Select(told => (int)told["version"]!));
        var list = (await ReceiveAsync(Listed, 1)).Single();
        Assert.Equal("consent", (string)list["asker"]!);
        Assert.Equal([("small", 1), ("small", 2)], list["policies"]!.AsArray().Select(policy => ((string)policy!["controller"]!, (int)policy["version"]!)));
    }

    /// <summary>The next messages in the queue of a consumer that is not there yet; the publisher declares it before it publishes, so it may come a moment later.</summary>
    private async Task<IReadOnlyList<JsonNode>> ReceiveAsync(string queue, int count)
    {
        await using var connection = await new ConnectionFactory { Uri = new Uri(_installation.Broker) }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        timeout.CancelAfter(TimeSpan.FromSeconds(60));
        await using var channel = await OpenWhenDeclaredAsync(connection, queue, timeout.Token);
        var received = new List<JsonNode>();
        while (received.Count < count)
        {
            if (await channel.BasicGetAsync(queue, autoAck: true, timeout.Token) is { } message)
                received.Add(JsonNode.Parse(Encoding.UTF8.GetString(message.Body.Span))!["message"]!);
            else
                await Task.Delay(20, timeout.Token);
        }
        return received;
    }

    private static async Task<IChannel> OpenWhenDeclaredAsync(IConnection connection, string queue, CancellationToken cancel)
    {
        while (true)
        {
            // Asking for a queue that is not there closes the channel.
            var channel = await connection.CreateChannelAsync(cancellationToken: cancel);
            try
            {
                await channel.QueueDeclarePassiveAsync(queue, cancel);
                return channel;
            }
            catch (OperationInterruptedException)
            {
                await channel.DisposeAsync();
                await Task.Delay(20, cancel);
            }
        }
    }
}

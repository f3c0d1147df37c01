using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Integritet.Contracts;
using Integritet.Platform.PolicyEngine;
using MassTransit;
using RabbitMQ.Client;
using RabbitMQ.Client.Events;
using Xunit;

namespace Integritet.Servers;

/// <summary>The Policy service's side of the bus: tells of policy versions, and answers a service that asks for policies with the shipped ones of some controllers.</summary>
public sealed class PolicyStandIn : IAsyncDisposable
{
    private const string PolicysQueue = "policy.policies-wanted";
    private const string OwnQueue = "policies-wanted-here";
    private const string WantedExchange = "Integritet.Contracts:PoliciesWanted";

    private static readonly DateTimeOffset Since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly IBusControl _bus;
    private readonly IConnection _connection;

    private PolicyStandIn(IBusControl bus, IConnection connection) => (_bus, _connection) = (bus, connection);

    /// <summary>Answers asks from Policy's queue, once a service that asks has declared it.</summary>
    public static async Task<PolicyStandIn> StartAsync(string broker, IReadOnlyList<string> controllers)
    {
        var policy = await ConnectAsync(broker);
        await Until.TrueAsync(async () => await policy.WaitingQuestionsAsync() is not null);
        await policy.AnswerAsync(await policy._connection.CreateChannelAsync(), PolicysQueue, controllers);
        return policy;
    }

    /// <summary>Lets a service ask and leaves it without an answer.</summary>
    public static async Task<PolicyStandIn> StartSilentAsync(string broker)
    {
        var policy = await ConnectAsync(broker);
        await Until.TrueAsync(async () => await policy.WaitingQuestionsAsync() > 0);
        return policy;
    }

    /// <summary>Answers asks from a queue of its own, which is there before any service is.</summary>
    public static async Task<PolicyStandIn> StartFirstAsync(string broker, IReadOnlyList<string> controllers)
    {
        var policy = await ConnectAsync(broker);
        var channel = await policy._connection.CreateChannelAsync();
        await channel.ExchangeDeclareAsync(WantedExchange, ExchangeType.Fanout, durable: true);
        await channel.QueueDeclareAsync(OwnQueue, durable: true, exclusive: false, autoDelete: false);
        await channel.QueueBindAsync(OwnQueue, WantedExchange, "");
        await policy.AnswerAsync(channel, OwnQueue, controllers);
        return policy;
    }

    /// <summary>The policy that is shipped for a controller, as YAML.</summary>
    public static string Document(string controller) => File.ReadAllText(Path.Combine(Repository.Root, "deploy", "policies", controller + ".yaml"));

    /// <summary>Tells everybody of a policy version.</summary>
    public Task PublishAsync(string controller, int version, string document, DateTimeOffset effectiveFrom)
    {
        var hash = Assert.IsType<PolicyParseResult.Parsed>(PolicyParser.Parse(Encoding.UTF8.GetBytes(document))).Document.Hash;
        var stream = string.Create(CultureInfo.InvariantCulture, $"policy-{version}");
        return TellAsync(new PolicyPublished(controller, "policy", stream, 2, 2, version, hash, document, effectiveFrom, effectiveFrom));
    }

    /// <summary>Tells everybody what another service would.</summary>
    public Task TellAsync<TMessage>(TMessage message)
        where TMessage : class => _bus.Publish(message);

    public async ValueTask DisposeAsync()
    {
        await _connection.DisposeAsync();
        await _bus.StopAsync();
    }

    /// <summary>Answers nobody.</summary>
    public static async Task<PolicyStandIn> ConnectAsync(string broker)
    {
        var factory = new ConnectionFactory { Uri = new Uri(broker) };
        var bus = Bus.Factory.CreateUsingRabbitMq(rabbit => rabbit.Host(factory.HostName, (ushort)factory.Endpoint.Port, factory.VirtualHost, host =>
        {
            host.Username(factory.UserName);
            host.Password(factory.Password);
        }));
        await bus.StartAsync();
        return new PolicyStandIn(bus, await factory.CreateConnectionAsync());
    }

    private async Task AnswerAsync(IChannel channel, string queue, IReadOnlyList<string> controllers)
    {
        var consumer = new AsyncEventingBasicConsumer(channel);
        consumer.ReceivedAsync += async (_, asked) =>
        {
            var asker = (string?)JsonNode.Parse(asked.Body.Span)!["message"]!["asker"];
            foreach (var controller in controllers)
                await PublishAsync(controller, 1, Document(controller), Since);
            await TellAsync(new PoliciesListed(asker!, [.. controllers.Select(controller => new ListedPolicy(controller, 1))]));
        };
        await channel.BasicConsumeAsync(queue, autoAck: true, consumer);
    }

    /// <summary>How many wait in Policy's queue; null before a service that asks has declared it.</summary>
    private async Task<uint?> WaitingQuestionsAsync()
    {
        await using var channel = await _connection.CreateChannelAsync();
        try
        {
            return (await channel.QueueDeclarePassiveAsync(PolicysQueue)).MessageCount;
        }
        catch (RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            return null;
        }
    }
}

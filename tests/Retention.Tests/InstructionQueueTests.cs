using System.Net;
using System.Text.Json.Nodes;
using RabbitMQ.Client;

namespace Integritet.Retention.Tests;

/// <summary>What a system of record hears that has bound a queue of its own on the broker.</summary>
public sealed class InstructionQueueTests(Installation installation)
{
    [Fact]
    public async Task A_systems_own_queue_gets_what_it_is_to_do_and_is_told_to_stop()
    {
        var netip = await Case.OfAsync(installation, "netip");
        await using var connection = await new ConnectionFactory { Uri = installation.Broker }.CreateConnectionAsync(TestContext.Current.CancellationToken);
        await using var channel = await connection.CreateChannelAsync(cancellationToken: TestContext.Current.CancellationToken);
        var instructed = await BoundAsync(channel, "SystemInstructed");
        var recalled = await BoundAsync(channel, "SystemRecalled");

        var mail = Case.Holding(Case.SomeEmail(), "mail", "mail-message", "service-delivery");
        mail["attributes"] = new JsonObject { ["relevant"] = true };
        var holding = (string?)(await netip.RegisterAsync(mail))["holdingId"];

        var told = await HeardAsync(channel, instructed, message => InstructionOn(message, holding) is not null);
        var instruction = InstructionOn(told, holding)!;
        Assert.Equal(("netip", "retention", "mail"), ((string?)told["controller"], (string?)told["source"], (string?)told["system"]));
        Assert.Equal(("move", "case", (string?)mail["reference"]), ((string?)instruction["action"], (string?)instruction["moveTo"], (string?)instruction["reference"]));
        var listed = (await netip.GetAsync($"instructions/{(string?)instruction["instructionId"]}", "system")).Ok();
        Assert.Equal((listed.Instant("deadline"), (string?)listed["reference"]), (instruction.Instant("deadline"), (string?)instruction["reference"]));
        Assert.DoesNotContain("ps_", told.ToJsonString(), StringComparison.Ordinal);

        var hold = (await netip.PostAsync("retention/legal-holds", new JsonObject { ["case"] = "court-17", ["reason"] = "order", ["holdings"] = new JsonArray(holding) }, "officer")).Ok(HttpStatusCode.Created);
        var stop = await HeardAsync(channel, recalled, message => (string?)message["holdId"] == (string?)hold["holdId"]);
        Assert.Equal(("mail", (string?)instruction["instructionId"]), ((string?)stop["system"], (string?)Assert.Single(stop["instructionIds"]!.AsArray())));
    }

    private static JsonNode? InstructionOn(JsonNode message, string? holding) => message["instructions"]!.AsArray().SingleOrDefault(instruction => (string?)instruction!["holdingId"] == holding);

    /// <summary>A queue of a team's own behind a message's exchange.</summary>
    private static async Task<string> BoundAsync(IChannel channel, string message)
    {
        var queue = Case.Some("mail-store");
        await channel.QueueDeclareAsync(queue, durable: true, exclusive: false, autoDelete: false, cancellationToken: TestContext.Current.CancellationToken);
        await channel.QueueBindAsync(queue, $"Integritet.Contracts:{message}", "", cancellationToken: TestContext.Current.CancellationToken);
        return queue;
    }

    /// <summary>The first message on a queue that is the one waited for.</summary>
    private static async Task<JsonNode> HeardAsync(IChannel channel, string queue, Func<JsonNode, bool> isIt)
    {
        JsonNode? heard = null;
        await Until.TrueAsync(async () =>
        {
            while (heard is null && await channel.BasicGetAsync(queue, autoAck: true, TestContext.Current.CancellationToken) is { } delivery)
                heard = JsonNode.Parse(delivery.Body.Span)!["message"]! is var message && isIt(message) ? message : null;
            return heard is not null;
        });
        return heard!;
    }
}

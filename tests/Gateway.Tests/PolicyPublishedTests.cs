using System.Net;
using Integritet.Contracts;
using Integritet.Servers;

namespace Integritet.Gateway.Tests;

public sealed class PolicyPublishedTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_controller_exists_once_a_policy_of_it_is_published_and_one_whose_id_is_reserved_never_does()
    {
        await using var rabbit = await RabbitMqServer.StartAsync();
        var broker = await rabbit.CreateVirtualHostAsync();
        await using var installation = await Installation.CreateAsync(postgres);
        installation.Settings["RabbitMq:Uri"] = broker;
        var replica = installation.StartReplica();
        Assert.Equal(HttpStatusCode.Forbidden, (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/netip/consents", new { })).Status);
        await using var policy = await PolicyStandIn.ConnectAsync(broker);

        await policy.TellAsync(Message("operations", 2));
        await policy.TellAsync(Message("netip", 2));
        await ExistsAsync("netip");
        // Doubled and late messages change nothing. What was sent after them has come through, and they as far as can be told from outside.
        await policy.TellAsync(Message("netip", 2));
        await policy.TellAsync(Message("netip", 1));
        await policy.TellAsync(Message("almena", 1));
        await ExistsAsync("almena");

        Assert.Equal(HttpStatusCode.Forbidden, (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/operations/consents", new { })).Status);
        Assert.Equal(["netip", "almena"], (await installation.EventsAsync("controller-policy-published.v1")).Select(e => e.Data.GetProperty("controller").GetString()));

        Task ExistsAsync(string controller) => Wait.UntilAsync(
            async () => (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, $"/v1/{controller}/consents", new { })).Status == HttpStatusCode.OK, $"{controller} exists");
    }

    private static PolicyPublished Message(string controller, long version) =>
        new(controller, "policy", "policy-1", version, version, 1, "hash", "document", TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow());
}

using System.Net;
using Integritet.Contracts;
using Integritet.Platform.Hosting;
using Npgsql;

namespace Integritet.Consent.Tests;

/// <summary>When a service that decides by policies may be asked.</summary>
public sealed class ReadinessTests(Installation installation)
{
    private static readonly DateTimeOffset Since = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task It_is_ready_once_it_has_received_every_policy_that_Policy_lists_for_it()
    {
        var (service, broker, events) = await installation.StartAloneAsync();
        await using var _ = service;
        await using var database = NpgsqlDataSource.Create(events);
        await using var policy = await PolicyStandIn.StartSilentAsync(broker);
        await service.LiveAsync();

        // A list for somebody else says nothing of what this one has asked for.
        await policy.TellAsync(new PoliciesListed("retention", []));
        await policy.TellAsync(new PoliciesListed("consent", [new("almena", 1), new("netip", 1)]));
        await Until.TrueAsync(async () => await ListsAsync() > 0);
        foreach (var controller in new[] { "privatealps", "bg-network-services", "almena" })
        {
            await PublishAsync(controller);
            await Until.TrueAsync(async () => await ToRenewAsync(controller) == HttpStatusCode.OK);
            Assert.Equal(HttpStatusCode.ServiceUnavailable, (await service.GetAsync("/health/ready", token: null)).Status);
        }

        await PublishAsync("netip");
        await service.ReadyAsync();
        Assert.Equal(HttpStatusCode.OK, await ToRenewAsync("netip"));
        Assert.Equal(1, await ListsAsync());

        Task PublishAsync(string controller) => policy.PublishAsync(controller, 1, PolicyStandIn.Document(controller), Since);

        async Task<HttpStatusCode> ToRenewAsync(string controller) => (await service.GetAsync($"/v1/{controller}/consents/to-renew", installation.Token(Roles.Officer))).Status;

        async Task<long> ListsAsync()
        {
            await using var command = database.CreateCommand("select count(*) from mt_events where type = 'policy-list-received.v1'");
            return (long)(await command.ExecuteScalarAsync())!;
        }
    }
}

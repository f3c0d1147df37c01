using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Integritet.Servers;

namespace Integritet.Gateway.Tests;

/// <summary>A key's life over HTTP.</summary>
public sealed class ApiKeyTests(PostgresFixture postgres, SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task A_new_system_key_works_at_once_and_its_secret_is_shown_once()
    {
        var created = await GrantAsync(shared.Fresh().Replica, Request("system"));
        var secret = created.GetProperty("secret").GetString()!;

        Assert.Equal(HttpStatusCode.OK, (await shared.Replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
        Assert.Equal("active", created.GetProperty("status").GetString());

        var (status, shown, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, $"/v1/api-keys/{created.GetProperty("id").GetString()}");
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.False(shown.TryGetProperty("secret", out _));
        Assert.DoesNotContain(secret[37..], JsonSerializer.Serialize(await shared.Installation.EventsAsync("api-key-created.v1")), StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_officers_key_works_once_another_person_approved_it()
    {
        var created = await GrantAsync(shared.Fresh().Replica, Request("officer"));
        var (id, secret) = (created.GetProperty("id").GetString(), created.GetProperty("secret").GetString()!);
        Assert.Equal("pending-approval", created.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/policies", new { })).Status);

        Assert.Equal(HttpStatusCode.Forbidden, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, $"/v1/api-keys/{id}/approval")).Status);
        var (status, approved, _) = await shared.Replica.CallAsync(shared.Keys.Operator2, HttpMethod.Post, $"/v1/api-keys/{id}/approval");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("active", approved.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, (await shared.Replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/policies", new { })).Status);
    }

    [Fact]
    public async Task A_revoked_key_is_refused_in_every_replica_within_a_second()
    {
        var other = shared.Fresh().Installation.StartReplica();
        var created = await GrantAsync(shared.Replica, Request("system"));
        var secret = created.GetProperty("secret").GetString()!;
        await Wait.UntilAsync(async () => (await other.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status == HttpStatusCode.OK, "known to the other replica");

        Assert.Equal(HttpStatusCode.OK, (await shared.Replica.CallAsync(shared.Keys.Operator2, HttpMethod.Post, $"/v1/api-keys/{created.GetProperty("id").GetString()}/revocation")).Status);
        var since = Stopwatch.GetTimestamp();

        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
        // However long the answer takes: what is asked more than a second after the revocation is not let in.
        await Wait.UntilAsync(
            async () =>
            {
                var asked = Stopwatch.GetElapsedTime(since);
                var status = (await other.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status;
                Assert.True(status != HttpStatusCode.OK || asked < TimeSpan.FromSeconds(1), $"A call was let in {asked} after the revocation.");
                return status == HttpStatusCode.Unauthorized;
            },
            "revoked in the other replica");
    }

    [Fact]
    public async Task A_replica_that_cannot_learn_of_revocations_lets_nobody_in()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var installation = await Installation.CreateAsync(await server.CreateDatabaseAsync());
        var replica = installation.StartReplica();
        await replica.RegisterAsync("almena");

        await server.KillAsync();
        await Wait.UntilAsync(async () => (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { })).Status == HttpStatusCode.ServiceUnavailable, "refused");
        installation.Upstream.Reset();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
        Assert.Empty(installation.Upstream.Requests);
    }

    [Fact]
    public async Task A_key_ends_when_it_expires()
    {
        await using var installation = await Installation.CreateAsync(postgres);
        var clock = new AdvancedClock();
        var replica = installation.StartReplica(clock);
        await replica.RegisterAsync("almena");
        var created = await GrantAsync(replica, Request("system", Now().AddHours(1)), installation.Keys.Operator);
        var secret = created.GetProperty("secret").GetString()!;
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status);

        clock.Ahead = TimeSpan.FromHours(1);

        Assert.Equal(HttpStatusCode.Unauthorized, (await replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
    }

    [Fact]
    public async Task A_repeated_creation_grants_one_key_and_says_that_the_secret_was_given()
    {
        using var client = shared.Fresh().Replica.Operator;
        client.DefaultRequestHeaders.Add("Idempotency-Key", "grant-1");
        var request = Request("system");

        using var first = await client.PostAsync("/v1/api-keys", Json.Body(request), TestContext.Current.CancellationToken);
        using var second = await client.PostAsync("/v1/api-keys", Json.Body(request), TestContext.Current.CancellationToken);
        using var other = await client.PostAsync("/v1/api-keys", Json.Body(Request("auditor")), TestContext.Current.CancellationToken);

        Assert.Equal([HttpStatusCode.Created, HttpStatusCode.Created, HttpStatusCode.UnprocessableEntity], new[] { first.StatusCode, second.StatusCode, other.StatusCode });
        var (given, repeated) = (await Json.ReadAsync(first), await Json.ReadAsync(second));
        Assert.Equal(given.GetProperty("id").GetString(), repeated.GetProperty("id").GetString());
        Assert.False(repeated.TryGetProperty("secret", out _));
        Assert.True(repeated.GetProperty("alreadyIssued").GetBoolean());
    }

    [Fact]
    public async Task An_operator_lists_page_by_page_what_it_could_have_granted()
    {
        await GrantAsync(shared.Fresh().Replica, Request("system"));
        var seen = new List<string>();
        var next = "/v1/api-keys?limit=3";
        while (next is not null)
        {
            var (status, page, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, next);
            Assert.Equal(HttpStatusCode.OK, status);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("id").GetString()!));
            next = page.GetProperty("next").GetString() is { } after ? $"/v1/api-keys?limit=3&after={after}" : null;
        }

        Assert.True(seen.Count >= 8);
        Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, "/v1/api-keys?limit=0")).Status);
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, "/v1/api-keys?limit=many")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, "/v1/api-keys/nonsense")).Status);
    }

    [Fact]
    public async Task A_key_is_valid_for_its_controllers_alone()
    {
        var (installation, replica) = await Installation.StartAsync(postgres);
        await using var _ = installation;
        await replica.RegisterAsync("netip");
        var secret = (await GrantAsync(replica, Request("system"), installation.Keys.Operator)).GetProperty("secret").GetString()!;

        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(secret, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
        var (status, anothers, _) = await replica.CallAsync(secret, HttpMethod.Post, "/v1/netip/consents", new { });
        var (_, nobodys, _) = await replica.CallAsync(secret, HttpMethod.Post, "/v1/nobody/consents", new { });
        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Equal(anothers.GetProperty("detail").GetString(), nobodys.GetProperty("detail").GetString());
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static object Request(string role, DateTimeOffset? expiresAt = null) =>
        new { name = $"a {role}", person = "anna", roles = new[] { role }, controllers = new[] { "almena" }, systems = Array.Empty<string>(), expiresAt = expiresAt ?? Now().AddDays(30) };

    private async Task<JsonElement> GrantAsync(Replica replica, object request, string? key = null)
    {
        var (status, body, _) = await replica.CallAsync(key ?? shared.Keys.Operator, HttpMethod.Post, "/v1/api-keys", request);
        Assert.Equal(HttpStatusCode.Created, status);
        return body;
    }
}

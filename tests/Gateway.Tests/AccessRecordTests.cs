using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Integritet.Gateway.Access;
using Integritet.Servers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Gateway.Tests;

public sealed class AccessRecordTests(PostgresFixture postgres, SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task A_call_is_recorded_with_who_what_on_whose_data_and_outcome_and_clients_never_see_whose()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        installation.Upstream.Answer = http =>
        {
            http.Response.Headers["Integritet-Subjects"] = "ps_one, ps_two";
            http.Response.StatusCode = StatusCodes.Status201Created;
            return Task.CompletedTask;
        };
        using var client = replica.Client(installation.Keys.System);
        client.DefaultRequestHeaders.Add("X-Correlation-Id", "order-4711");

        using var response = await client.PostAsync("/v1/almena/consents", Json.Body(new { }), TestContext.Current.CancellationToken);

        Assert.False(response.Headers.Contains("Integritet-Subjects"));
        var (tenant, record) = (await installation.EventsAsync("api-call-recorded.v1"))[^1];
        Assert.Equal("almena", tenant);
        Assert.Equal("consents.give", record.GetProperty("operation").GetString());
        Assert.Equal("POST", record.GetProperty("method").GetString());
        Assert.Equal("/v1/{controller}/consents", record.GetProperty("route").GetString());
        Assert.Equal("local-system", record.GetProperty("person").GetString());
        Assert.Equal(installation.Keys.System[4..36], record.GetProperty("credential").GetString());
        Assert.Equal(["ps_one", "ps_two"], record.GetProperty("subjects").EnumerateArray().Select(s => s.GetString()!));
        Assert.Equal(201, record.GetProperty("status").GetInt32());
        Assert.Equal("order-4711", record.GetProperty("correlationId").GetString());
    }

    [Theory]
    [InlineData("system", "GET", "/v1/api-keys", 403, "installation", "api-keys.list")]
    [InlineData("operator", "GET", "/v1/api-keys", 200, "installation", "api-keys.list")]
    [InlineData("operator", "POST", "/v1/controllers", 415, "installation", "controllers.register")]
    [InlineData("system", "GET", "/v1/almena/nowhere", 404, "installation", "unknown")]
    [InlineData("system", "POST", "/v1/almena/policies", 403, "almena", "policies.draft")]
    [InlineData("system", "POST", "/v1/nobody/consents", 403, "installation", "consents.give")]
    [InlineData(null, "GET", "/v1/api-keys", 401, "installation", "api-keys.list")]
    public async Task What_the_gateway_answers_itself_is_recorded_too(string? who, string method, string path, int status, string tenant, string operation)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        var key = who switch { "system" => installation.Keys.System, "operator" => installation.Keys.Operator, _ => null };

        var answer = await replica.CallAsync(key, new HttpMethod(method), path);

        Assert.Equal(status, (int)answer.Status);
        var (recordedIn, record) = (await installation.EventsAsync("api-call-recorded.v1"))[^1];
        Assert.Equal(tenant, recordedIn);
        Assert.Equal(operation, record.GetProperty("operation").GetString());
        Assert.Equal(status, record.GetProperty("status").GetInt32());
        Assert.Equal(who is null ? "anonymous" : key![4..36], record.GetProperty("principal").GetString());
    }

    [Fact]
    public async Task A_public_call_concerns_nobody_and_is_not_recorded()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        var before = (await installation.EventsAsync("api-call-recorded.v1")).Count;

        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(null, HttpMethod.Get, "/v1/almena/audit/checkpoint")).Status);

        Assert.Equal(before, (await installation.EventsAsync("api-call-recorded.v1")).Count);
    }

    [Fact]
    public async Task No_record_no_answer()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var installation = await Installation.CreateAsync(await server.CreateDatabaseAsync());
        var replica = installation.StartReplica();
        await replica.RegisterAsync("almena");
        installation.Upstream.Answer = async http =>
        {
            await server.KillAsync();
            await http.Response.WriteAsync("""{"secret":"answer"}""");
        };

        var (status, body, response) = await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });

        Assert.Single(installation.Upstream.Requests);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("urn:integritet:problem:unavailable", body.GetProperty("type").GetString());
        Assert.False(body.TryGetProperty("secret", out var _));
        Assert.NotNull(response.Headers.RetryAfter);

        await server.RestartAsync();
        installation.Upstream.Answer = http => http.Response.WriteAsync("""{"some":"answer"}""");
        await Wait.UntilAsync(async () => (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { })).Status == HttpStatusCode.OK, "answers again");
    }

    [Fact]
    public async Task A_call_whose_client_left_is_recorded()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        installation.Upstream.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted);
        using var client = replica.Client(installation.Keys.System);
        using var leave = new CancellationTokenSource();
        var call = client.PostAsync("/v1/almena/consents", Json.Body(new { }), leave.Token);
        await Wait.UntilAsync(() => Task.FromResult(!installation.Upstream.Requests.IsEmpty), "the service has the call");

        await leave.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        await Wait.UntilAsync(
            async () => (await installation.EventsAsync("api-call-recorded.v1"))[^1].Data is var record
                && record.GetProperty("operation").GetString() == "consents.give" && record.GetProperty("status").GetInt32() == 499,
            "the call is recorded");
    }

    [Fact]
    public async Task Noise_without_credentials_cannot_fill_the_log_but_is_counted()
    {
        var (installation, replica) = await Installation.StartAsync(postgres, ("Gateway:RefusedCallsPerSecond", "1"));
        await using var _ = installation;
        using var client = replica.Client("igk_guess");
        var before = (await installation.EventsAsync("api-call-recorded.v1")).Count;

        var since = Stopwatch.GetTimestamp();
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => client.GetAsync("/v1/api-keys")));

        var recorded = (await installation.EventsAsync("api-call-recorded.v1")).Count - before;
        // One at once and one a second: as many more as the calls took seconds.
        Assert.InRange(recorded, 1, 2 + Stopwatch.GetElapsedTime(since).TotalSeconds);
        Assert.Equal(recorded, answers.Count(answer => answer.StatusCode == HttpStatusCode.Unauthorized));
        Assert.Equal(100 - recorded, answers.Count(answer => answer.StatusCode == HttpStatusCode.TooManyRequests));

        using var reports = ActivatorUtilities.CreateInstance<TurnedAwayReports>(replica.Services);
        Assert.True(await reports.ReportAsync(TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow()));
        Assert.True(await reports.ReportAsync(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow()));
        var (tenant, report) = Assert.Single(await installation.EventsAsync("api-calls-turned-away.v1"));
        Assert.Equal("installation", tenant);
        Assert.Equal(100 - recorded, report.GetProperty("calls").GetProperty("anonymous").GetInt64());
    }

    [Fact]
    public async Task What_could_not_be_reported_is_counted_into_the_next_report()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var installation = await Installation.CreateAsync(await server.CreateDatabaseAsync());
        installation.Settings["Gateway:RecordTimeoutMs"] = "1000";
        var replica = installation.StartReplica();
        var limits = replica.Services.GetRequiredService<CallLimits>();
        using var reports = ActivatorUtilities.CreateInstance<TurnedAwayReports>(replica.Services);
        limits.TurnAway("anonymous");
        await server.KillAsync();

        Assert.False(await reports.ReportAsync(TimeProvider.System.GetUtcNow(), TimeProvider.System.GetUtcNow()));

        limits.TurnAway("anonymous");
        Assert.Equal(2, limits.TakeTurnedAway()["anonymous"]);
    }

    [Fact]
    public async Task What_a_client_puts_into_a_path_is_not_kept()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);

        var before = (await installation.EventsAsync("api-call-recorded.v1")).Count;
        await replica.CallAsync(installation.Keys.System, HttpMethod.Get, "/v1/almena/consents/eva@example.com?q=eva@example.com");
        await replica.CallAsync(installation.Keys.System, HttpMethod.Get, "/v1/almena/eva@example.com/nothing");
        await replica.CallAsync(installation.Keys.System, HttpMethod.Get, "/v1/eva@example.com/consents/1");

        var records = await installation.EventsAsync("api-call-recorded.v1");
        Assert.Equal(before + 3, records.Count);
        Assert.DoesNotContain(records, record => JsonSerializer.Serialize(record.Data).Contains("eva", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_records_of_two_replicas_stand_in_streams_of_their_own()
    {
        var (installation, first) = await Installation.StartAsync(postgres, ("Gateway:Replica", "a"));
        await using var _ = installation;
        installation.Settings["Gateway:Replica"] = "b";
        var second = installation.StartReplica();

        await first.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });
        await second.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });

        var streams = await installation.StreamsAsync("almena");
        Assert.Contains(streams, stream => stream.StartsWith("api-calls-a-", StringComparison.Ordinal));
        Assert.Contains(streams, stream => stream.StartsWith("api-calls-b-", StringComparison.Ordinal));
    }
}

using System.Diagnostics;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Integritet.Gateway.Tests;

public sealed class AdmissionTests(PostgresFixture postgres, SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task A_call_with_a_good_key_reaches_the_service_as_that_caller()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);

        var (status, _, response) = await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents?x=1", new { some = "thing" });

        Assert.Equal(HttpStatusCode.OK, status);
        var received = Assert.Single(installation.Upstream.Requests);
        Assert.Equal("/v1/almena/consents?x=1", received.Path);
        Assert.Equal("""{"some":"thing"}""", received.Body);
        var claims = Claims(received);
        Assert.Equal("gateway", claims.GetProperty("iss").GetString());
        Assert.Equal("local-system", claims.GetProperty("person").GetString());
        Assert.Equal(["system"], claims.GetProperty("roles").EnumerateArray().Select(r => r.GetString()!));
        Assert.Equal(["almena"], claims.GetProperty("controllers").EnumerateArray().Select(r => r.GetString()!));
        Assert.Equal(["*", "!vault"], claims.GetProperty("systems").EnumerateArray().Select(r => r.GetString()!));
        Assert.Equal(received.Headers["X-Correlation-Id"].Single(), response.Headers.GetValues("X-Correlation-Id").Single());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("igk_0197b3c0000070008000000000000001_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("igk_!!!!")]
    [InlineData("eyJhbGciOiJub25lIn0.eyJyb2xlcyI6WyJvcGVyYXRvciJdfQ.")]
    [InlineData("not a credential")]
    public async Task Without_a_good_credential_there_is_no_answer_but_401(string? key)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        using var client = replica.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/almena/consents") { Content = Json.Body(new { }) };
        if (key is not null)
            request.Headers.TryAddWithoutValidation("Authorization", "Bearer " + key);

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        await AssertProblemAsync(response, HttpStatusCode.Unauthorized, "unauthorized");
        Assert.Equal("Bearer", response.Headers.WwwAuthenticate.ToString());
        Assert.Empty(installation.Upstream.Requests);
    }

    [Fact]
    public async Task The_secret_of_another_key_is_not_good()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        var mixed = installation.Keys.Operator[..37] + installation.Keys.System[37..];

        Assert.Equal(HttpStatusCode.Unauthorized, (await replica.CallAsync(mixed, HttpMethod.Get, "/v1/api-keys")).Status);
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(installation.Keys.Operator, HttpMethod.Get, "/v1/api-keys")).Status);
    }

    [Theory]
    [InlineData("system", "POST", "/v1/almena/policies", 403)]
    [InlineData("officer", "POST", "/v1/almena/policies", 200)]
    [InlineData("officer", "POST", "/v1/almena/consents", 403)]
    [InlineData("auditor", "GET", "/v1/api-keys", 403)]
    [InlineData("operator", "GET", "/v1/almena/audit/events", 403)]
    [InlineData("auditor", "GET", "/v1/almena/audit/events", 200)]
    [InlineData("auditor", "GET", "/v1/installation/audit/events", 200)]
    [InlineData("officer", "POST", "/v1/installation/policies", 403)]
    [InlineData("officer", "POST", "/v1/nobody/policies", 403)]
    [InlineData("officer", "POST", "/v1/operations/policies", 403)]
    [InlineData("auditor", "GET", "/v1/almena/audit/tile/entries/x001/234", 200)]
    [InlineData("officer", "GET", "/v1/almena/audit/tile/entries/x001/234", 403)]
    [InlineData("system", "GET", "/v1/almena/no/such/thing", 404)]
    [InlineData("system", "GET", "/v1", 404)]
    [InlineData("system", "DELETE", "/v1/almena/consents", 405)]
    public async Task A_role_opens_its_own_routes_for_its_own_controllers(string who, string method, string path, int expected)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);

        var (status, body, response) = await replica.CallAsync(KeyOf(installation, who), new HttpMethod(method), path);

        Assert.Equal(expected, (int)status);
        Assert.Equal(expected == 200 ? 1 : 0, installation.Upstream.Requests.Count);
        if (expected != 200)
        {
            Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
            Assert.StartsWith("urn:integritet:problem:", body.GetProperty("type").GetString());
        }

        if (expected == 405)
            Assert.Contains("POST", response.Content.Headers.Allow);
    }

    [Theory]
    [InlineData("/v1/almena/audit/checkpoint", 200)]
    [InlineData("/v1/installation/audit/checkpoint", 200)]
    [InlineData("/v1/almena/policies/1/notice", 200)]
    [InlineData("/v1/almena/audit/tile/0/x001/234", 200)]
    [InlineData("/v1/nobody/audit/checkpoint", 404)]
    [InlineData("/v1/installation/policies/1/notice", 404)]
    [InlineData("/v1/almena/audit/tile/entries/000", 401)]
    [InlineData("/v1/almena/audit/tile//entries/000", 401)]
    [InlineData("/v1/almena/audit/tile/%65ntries/000", 401)]
    [InlineData("/v1/almena/no/such/thing", 401)]
    [InlineData("/somewhere/else", 404)]
    public async Task A_public_route_asks_for_no_credential_and_everything_else_does(string path, int expected)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);

        var (status, _, _) = await replica.CallAsync(null, HttpMethod.Get, path);

        Assert.Equal(expected, (int)status);
        if (expected == 200)
            Assert.False(Assert.Single(installation.Upstream.Requests).Headers.Contains("Authorization"));
    }

    [Fact]
    public async Task What_only_the_gateway_may_say_is_not_taken_from_clients()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        using var client = replica.Client(installation.Keys.System);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/almena/consents") { Content = Json.Body(new { }) };
        request.Headers.TryAddWithoutValidation("integritet-secure", ["true", "true"]);
        request.Headers.TryAddWithoutValidation("INTEGRITET-SUBJECTS", "ps_forged");
        request.Headers.TryAddWithoutValidation("X-Forwarded-Proto", "https");
        request.Headers.TryAddWithoutValidation("X-Forwarded-For", "192.0.2.1");
        request.Headers.TryAddWithoutValidation("Forwarded", "proto=https");
        request.Headers.TryAddWithoutValidation("X-Correlation-Id", "order-4711");

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var received = Assert.Single(installation.Upstream.Requests);
        Assert.Equal(["false"], received.Headers["Integritet-Secure"]);
        Assert.Empty(received.Headers["Integritet-Subjects"]);
        Assert.Empty(received.Headers["X-Forwarded-Proto"]);
        Assert.Empty(received.Headers["X-Forwarded-For"]);
        Assert.Empty(received.Headers["Forwarded"]);
        Assert.Equal(["order-4711"], received.Headers["X-Correlation-Id"]);
        Assert.DoesNotContain(received.Headers["Authorization"], value => value.Contains("igk_", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("127.0.0.0/8", "", null, "true")]
    [InlineData("", "", null, "false")]
    [InlineData("127.0.0.0/8", "", "https", "false")]
    [InlineData("", "127.0.0.0/8", "https", "true")]
    [InlineData("127.0.0.0/8", "127.0.0.0/8", "http", "false")]
    [InlineData("", "10.0.0.0/8", "https", "false")]
    public async Task Secure_is_a_local_call_or_what_a_trusted_proxy_says(string local, string proxies, string? said, string expected)
    {
        var settings = new List<(string, string)>();
        if (local.Length > 0)
            settings.Add(("Gateway:LocalNetworks:0", local));
        if (proxies.Length > 0)
            settings.Add(("Gateway:TrustedProxies:0", proxies));
        var (installation, replica) = await Installation.StartAsync(postgres, [.. settings]);
        await using var _ = installation;
        using var client = replica.Client(installation.Keys.System);
        if (said is not null)
        {
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-Proto", said);
            client.DefaultRequestHeaders.TryAddWithoutValidation("X-Forwarded-For", "127.0.0.1");
        }

        using var response = await client.PostAsync("/v1/almena/consents", Json.Body(new { }), TestContext.Current.CancellationToken);

        Assert.Equal(expected, Assert.Single(Assert.Single(installation.Upstream.Requests).Headers["Integritet-Secure"]));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_the_limit_is_413(bool chunked)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        using var client = replica.Client(installation.Keys.System);
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v1/almena/consents") { Content = new ByteArrayContent(new byte[1024 * 1024 + 1]) };
        request.Content.Headers.ContentType = new("application/json");
        request.Headers.TransferEncodingChunked = chunked;
        request.Headers.ExpectContinue = true;

        using var response = await client.SendAsync(request, TestContext.Current.CancellationToken);

        await AssertProblemAsync(response, HttpStatusCode.RequestEntityTooLarge, "too-large");
        Assert.Empty(installation.Upstream.Requests);
    }

    [Theory]
    [InlineData("text/plain", "{}", 415)]
    [InlineData("application/json", "{", 400)]
    [InlineData("application/json", """{"id":"x","nonsense":1}""", 400)]
    [InlineData("application/json", """{"id":"A b","country":"SE","zone":"Europe/Stockholm","languages":["sv"],"contact":"x"}""", 422)]
    [InlineData("application/json", """{"id":"operations","country":"SE","zone":"Europe/Stockholm","languages":["sv"],"contact":"x"}""", 422)]
    [InlineData("application/json", """{"id":"x","country":"se","zone":"Nowhere/Land","languages":[],"contact":""}""", 422)]
    [InlineData("application/json", "{\"id\":\"x\\u0000\",\"country\":\"SE\",\"zone\":\"Europe/Stockholm\",\"languages\":[\"sv\"],\"contact\":\"x\"}", 422)]
    public async Task Bad_input_to_the_gateway_itself_is_a_problem(string mediaType, string body, int expected)
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        using var client = replica.Operator;

        using var response = await client.PostAsync("/v1/controllers", new StringContent(body, Encoding.UTF8, mediaType), TestContext.Current.CancellationToken);

        Assert.Equal(expected, (int)response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
    }

    [Fact]
    public async Task A_service_that_is_away_is_503_with_a_time_to_try_again()
    {
        var (installation, replica) = await Installation.StartAsync(postgres);
        await using var _ = installation;
        await installation.Upstream.StopAsync();

        var (status, body, response) = await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("urn:integritet:problem:unavailable", body.GetProperty("type").GetString());
        Assert.True(response.Headers.RetryAfter!.Delta > TimeSpan.Zero);
    }

    [Fact]
    public async Task A_service_that_does_not_answer_in_time_is_503()
    {
        var (installation, replica) = await Installation.StartAsync(postgres, ("ReverseProxy:Clusters:consent:HttpRequest:ActivityTimeout", "00:00:00.300"));
        await using var _ = installation;
        installation.Upstream.Answer = http => Task.Delay(Timeout.Infinite, http.RequestAborted);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
    }

    [Fact]
    public async Task A_service_that_does_not_believe_the_gateway_is_no_fault_of_the_caller()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        installation.Upstream.Answer = http =>
        {
            http.Response.StatusCode = StatusCodes.Status401Unauthorized;
            return http.Response.WriteAsync("who are you?");
        };

        var (status, body, _) = await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });

        Assert.Equal(HttpStatusCode.ServiceUnavailable, status);
        Assert.Equal("urn:integritet:problem:unavailable", body.GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_services_own_problem_is_passed_on_as_it_is()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        installation.Upstream.Answer = http =>
        {
            http.Response.StatusCode = StatusCodes.Status409Conflict;
            http.Response.ContentType = "application/problem+json";
            http.Response.Headers.ETag = "\"7\"";
            http.Response.Headers["X-Content-Type-Options"] = "nosniff";
            return http.Response.WriteAsync("""{"type":"urn:integritet:problem:conflict","status":409}""");
        };

        var (status, body, response) = await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });

        Assert.Equal(HttpStatusCode.Conflict, status);
        Assert.Equal("urn:integritet:problem:conflict", body.GetProperty("type").GetString());
        Assert.Equal("\"7\"", response.Headers.ETag!.Tag);
        Assert.Equal(["nosniff"], response.Headers.GetValues("X-Content-Type-Options"));
        Assert.Equal(["no-store"], response.Headers.GetValues("Cache-Control"));
    }

    [Fact]
    public async Task Who_calls_too_often_is_told_when_to_come_back()
    {
        var (installation, replica) = await Installation.StartAsync(postgres, ("Gateway:CallsPerSecond", "1"));
        await using var _ = installation;
        using var client = replica.Client(installation.Keys.System);
        var since = Stopwatch.GetTimestamp();

        var answers = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => client.PostAsync("/v1/almena/consents", Json.Body(new { }))));

        var refused = answers.Where(answer => answer.StatusCode == HttpStatusCode.TooManyRequests).ToList();
        // One at once and one a second: as many more as the calls took seconds.
        Assert.InRange(40 - refused.Count, 1, 2 + Stopwatch.GetElapsedTime(since).TotalSeconds);
        Assert.All(refused, answer => Assert.True(answer.Headers.RetryAfter!.Delta > TimeSpan.Zero));
        Assert.Equal(40 - refused.Count, installation.Upstream.Requests.Count);
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(installation.Keys.Officer, HttpMethod.Post, "/v1/almena/policies", new { })).Status);
    }

    [Fact]
    public async Task One_credential_cannot_take_all_places()
    {
        var (installation, replica) = await Installation.StartAsync(postgres, ("Gateway:CallsUnderWay", "2"));
        await using var _ = installation;
        var release = new TaskCompletionSource();
        installation.Upstream.Answer = _ => release.Task;
        using var client = replica.Client(installation.Keys.System);
        var first = Enumerable.Range(0, 2).Select(_ => client.PostAsync("/v1/almena/consents", Json.Body(new { }))).ToList();
        await Wait.UntilAsync(() => Task.FromResult(installation.Upstream.Requests.Count == 2), "two calls under way");

        using var third = await client.PostAsync("/v1/almena/consents", Json.Body(new { }), TestContext.Current.CancellationToken);
        release.SetResult();

        Assert.Equal(HttpStatusCode.TooManyRequests, third.StatusCode);
        Assert.All(await Task.WhenAll(first), answer => Assert.Equal(HttpStatusCode.OK, answer.StatusCode));
        installation.Upstream.Answer = _ => Task.CompletedTask;
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
    }

    private static string KeyOf(Installation installation, string who) => who switch
    {
        "system" => installation.Keys.System,
        "officer" => installation.Keys.Officer,
        "auditor" => installation.Keys.Auditor,
        "operator" => installation.Keys.Operator,
        _ => throw new ArgumentOutOfRangeException(nameof(who)),
    };

    private static JsonElement Claims(Received received)
    {
        var payload = received.Headers["Authorization"].Single().Split(' ')[1].Split('.')[1];
        return JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(payload)).RootElement;
    }

    private static async Task AssertProblemAsync(HttpResponseMessage response, HttpStatusCode status, string kind)
    {
        Assert.Equal(status, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType!.MediaType);
        var problem = await Json.ReadAsync(response);
        Assert.Equal("urn:integritet:problem:" + kind, problem.GetProperty("type").GetString());
        Assert.Equal((int)status, problem.GetProperty("status").GetInt32());
        Assert.False(string.IsNullOrEmpty(problem.GetProperty("traceId").GetString()));
    }
}

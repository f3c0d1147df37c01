using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace Integritet.Gateway.Tests;

public sealed class OperationsTests(SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    private const string Letter = "0197b3c0-0000-7000-8000-000000000001";

    [Fact]
    public async Task Lag_is_told_service_by_service_also_where_one_is_away()
    {
        shared.Fresh().Upstream.Answer = http => http.Response.WriteAsync(http.Request.Path == "/internal/ledger-lag"
            ? """[{"service":"consent","position":5,"head":9,"events":4,"seconds":1.5}]"""
            : """{"service":"x","targets":[{"target":"feed","events":3,"seconds":0.5,"measuredAt":null}]}""");

        var (status, body, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, "/v1/operations/lag");

        Assert.Equal(HttpStatusCode.OK, status);
        var services = body.GetProperty("services").EnumerateArray().ToList();
        Assert.Equal(["audit", "consent", "disclosure", "policy", "retention"], services.Select(s => s.GetProperty("service").GetString()!));
        Assert.All(services, s => Assert.Equal(3, s.GetProperty("targets")[0].GetProperty("events").GetInt32()));
        Assert.Equal(4, body.GetProperty("ledger")[0].GetProperty("events").GetInt32());
        Assert.All(shared.Upstream.Requests, request => Assert.Contains("\"service\"", Claims(request).GetProperty("roles").GetRawText(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Dead_letters_are_listed_page_by_page_over_all_services()
    {
        shared.Fresh().Upstream.Answer = http => http.Response.WriteAsync(
            http.Request.QueryString.Value!.Contains("after=7", StringComparison.Ordinal) ? """{"items":[{"id":"b"}],"next":null}""" : """{"items":[{"id":"a"}],"next":"7"}""");
        var seen = new List<string>();
        var path = "/v1/operations/dead-letters?limit=1";
        while (path is not null)
        {
            var (status, page, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, path);
            Assert.Equal(HttpStatusCode.OK, status);
            seen.AddRange(page.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("service").GetString()}/{item.GetProperty("id").GetString()}"));
            path = page.GetProperty("next").GetString() is { } next ? $"/v1/operations/dead-letters?limit=1&after={next}" : null;
        }

        Assert.Equal(["audit/a", "audit/b", "consent/a", "consent/b", "disclosure/a", "disclosure/b", "policy/a", "policy/b", "retention/a", "retention/b"], seen);
        Assert.Equal(HttpStatusCode.BadRequest, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Get, "/v1/operations/dead-letters?after=nowhere:1")).Status);
    }

    [Fact]
    public async Task A_dead_letter_is_replayed_where_it_is()
    {
        var asked = 0;
        shared.Fresh().Upstream.Answer = http =>
        {
            if (Interlocked.Increment(ref asked) == 2)
                return http.Response.WriteAsync("""{"id":"x","queue":"consent.policy-published"}""");
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };

        var (status, body, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, $"/v1/operations/dead-letters/{Letter}/replay");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("consent.policy-published", body.GetProperty("queue").GetString());
        Assert.All(shared.Upstream.Requests, request => Assert.Equal($"/internal/dead-letters/{Letter}/replay", request.Path));
        Assert.Equal(HttpStatusCode.NotFound, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, $"/v1/operations/dead-letters/{Letter}/replay")).Status);
    }

    [Theory]
    [InlineData(200, """{"projection":"consents","status":"rebuilt"}""", 200)]
    [InlineData(202, """{"projection":"consents","status":"running"}""", 202)]
    [InlineData(404, "", 404)]
    [InlineData(500, "", 503)]
    public async Task A_projection_is_rebuilt_where_it_is(int answered, string body, int expected)
    {
        shared.Fresh().Upstream.Answer = http =>
        {
            http.Response.StatusCode = answered;
            return http.Response.WriteAsync(body);
        };

        Assert.Equal(expected, (int)(await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, "/v1/operations/projections/consent/consents/rebuild")).Status);
        Assert.Equal("/internal/projections/consents/rebuild", Assert.Single(shared.Upstream.Requests).Path);
        Assert.Equal(HttpStatusCode.NotFound, (await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, "/v1/operations/projections/nobody/consents/rebuild")).Status);
    }

    [Fact]
    public async Task A_normal_build_has_no_clock_to_move()
    {
        var (status, _, _) = await shared.Fresh().Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, "/v1/operations/clock", new { advance = "P28D" });

        Assert.Equal(HttpStatusCode.NotFound, status);
    }

    [Fact]
    public async Task The_gateway_itself_rebuilds_its_own_read_model_for_services_only()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Fresh().Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, "/internal/projections/access-log/rebuild")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(null, HttpMethod.Get, "/internal/events")).Status);
    }

    private static JsonElement Claims(Received received) =>
        JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(received.Headers["Authorization"].Single().Split(' ')[1].Split('.')[1])).RootElement;
}

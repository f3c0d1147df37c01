using System.Net;
using System.Text.Json;
using Integritet.Platform.PersonalData;
using Microsoft.Extensions.DependencyInjection;

namespace Integritet.Gateway.Tests;

public sealed class SubjectTokenTests(SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task A_subject_acts_for_itself_alone_and_at_one_controller()
    {
        var token = await IssueAsync();
        await shared.Replica.RegisterAsync("netip");

        var (status, _, _) = await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/almena/consents", new { });
        var received = Assert.Single(shared.Upstream.Requests);
        var claims = JsonDocument.Parse(System.Buffers.Text.Base64Url.DecodeFromChars(received.Headers["Authorization"].Single().Split(' ')[1].Split('.')[1])).RootElement;

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(["subject"], claims.GetProperty("roles").EnumerateArray().Select(r => r.GetString()!));
        Assert.Equal(Pseudonym("eva@example.com"), claims.GetProperty("subject").GetString());
        Assert.Equal(["almena"], claims.GetProperty("controllers").EnumerateArray().Select(c => c.GetString()!));
        Assert.Equal(HttpStatusCode.Forbidden, (await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/netip/consents", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/almena/decisions", new { })).Status);
    }

    [Fact]
    public async Task A_token_that_was_tampered_with_is_none()
    {
        var token = await IssueAsync();
        var parts = token.Split('.');
        var payload = System.Text.Encoding.UTF8.GetString(System.Buffers.Text.Base64Url.DecodeFromChars(parts[1])).Replace("almena", "netip", StringComparison.Ordinal);
        var forged = $"{parts[0]}.{System.Buffers.Text.Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(payload))}.{parts[2]}";

        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(forged, HttpMethod.Post, "/v1/netip/consents", new { })).Status);
    }

    [Fact]
    public async Task The_gateways_own_internal_token_opens_nothing_outside()
    {
        await shared.Fresh().Replica.CallAsync(shared.Keys.Officer, HttpMethod.Post, "/v1/almena/policies", new { });
        var stolen = Assert.Single(shared.Upstream.Requests).Headers["Authorization"].Single().Split(' ')[1];

        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(stolen, HttpMethod.Post, "/v1/almena/policies", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await shared.Replica.CallAsync(stolen, HttpMethod.Get, "/internal/lag")).Status);
    }

    [Fact]
    public async Task A_subject_token_opens_nothing_inside()
    {
        var token = await IssueAsync();

        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(token, HttpMethod.Get, "/internal/lag")).Status);
    }

    [Fact]
    public async Task Tokens_end_with_the_key_that_asked_for_them()
    {
        var (_, key, _) = await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, "/v1/api-keys", new
        {
            name = "shop", person = "sven", roles = new[] { "system" }, controllers = new[] { "almena" }, expiresAt = TimeProvider.System.GetUtcNow().AddDays(1),
        });
        var token = await IssueAsync(key.GetProperty("secret").GetString());
        Assert.Equal(HttpStatusCode.OK, (await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/almena/consents", new { })).Status);

        await shared.Replica.CallAsync(shared.Keys.Operator, HttpMethod.Post, $"/v1/api-keys/{key.GetProperty("id").GetString()}/revocation");

        Assert.Equal(HttpStatusCode.Unauthorized, (await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/almena/consents", new { })).Status);
    }

    [Fact]
    public async Task A_token_expires()
    {
        var token = await IssueAsync(expiresIn: "PT1S");

        await Wait.UntilAsync(async () => (await shared.Replica.CallAsync(token, HttpMethod.Post, "/v1/almena/consents", new { })).Status == HttpStatusCode.Unauthorized, "expired");
    }

    [Fact]
    public async Task Who_was_vouched_for_is_recorded_by_pseudonym_and_nowhere_in_clear()
    {
        await IssueAsync();

        var issued = (await shared.Installation.EventsAsync("subject-token-issued.v1"))[^1];
        Assert.Equal("almena", issued.Tenant);
        Assert.Equal(Pseudonym("eva@example.com"), issued.Data.GetProperty("subject").GetString());
        var record = (await shared.Installation.EventsAsync("api-call-recorded.v1"))[^1];
        Assert.Equal([Pseudonym("eva@example.com")], record.Data.GetProperty("subjects").EnumerateArray().Select(s => s.GetString()!));
        Assert.DoesNotContain("eva@", JsonSerializer.Serialize(issued.Data), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("email", "no address", "PT5M", "/subject/value")]
    [InlineData("ssn", "1", "PT5M", "/subject/type")]
    [InlineData("account", "a-7", "P2D", "/expiresIn")]
    [InlineData("account", "a-7", "-PT5M", "/expiresIn")]
    [InlineData("account", "a-7", "five minutes", "/expiresIn")]
    public async Task What_names_nobody_or_lasts_too_long_is_refused(string type, string value, string expiresIn, string pointer)
    {
        var (status, body, _) = await shared.Fresh().Replica.CallAsync(shared.Keys.System, HttpMethod.Post, "/v1/almena/subject-tokens", new { subject = new { type, value }, expiresIn });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, status);
        Assert.Equal(pointer, body.GetProperty("errors")[0].GetProperty("pointer").GetString());
    }

    private string Pseudonym(string email)
    {
        Assert.True(SubjectId.TryParse("email", email, out var subject, out _));
        return shared.Replica.Services.GetRequiredService<Pseudonyms>().Of("almena", subject);
    }

    private async Task<string> IssueAsync(string? key = null, string expiresIn = "PT15M")
    {
        var (status, body, _) = await shared.Fresh().Replica.CallAsync(
            key ?? shared.Keys.System, HttpMethod.Post, "/v1/almena/subject-tokens", new { subject = new { type = "email", value = "Eva@Example.com" }, expiresIn });
        Assert.Equal(HttpStatusCode.Created, status);
        return body.GetProperty("token").GetString()!;
    }
}

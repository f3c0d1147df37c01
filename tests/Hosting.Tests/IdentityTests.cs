using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using System.Buffers.Text;

namespace Integritet.Hosting.Tests;

public sealed class IdentityTests(SharedNoteService shared) : IClassFixture<SharedNoteService>
{
    private readonly NoteService _service = shared.Service;

    [Fact]
    public async Task A_service_sees_the_caller_the_gateway_vouches_for()
    {
        var caller = new Caller("gateway", "key-7") { Person = "p-7", Roles = [Roles.Officer], Controllers = ["almena"], Systems = ["*", "!vault"], Subject = "ps_x" };

        var answer = await _service.GetAsync("/v1/almena/caller", caller);

        Assert.Equal(200, answer.Status);
        Assert.Equal(
            """{"issuer":"gateway","principal":"key-7","person":"p-7","roles":["officer"],"controllers":["almena"],"systems":["*","!vault"],"subject":"ps_x"}""", answer.Text);
    }

    [Fact]
    public async Task Without_a_credential_only_public_routes_answer()
    {
        (await SendAsync("/v1/almena/caller", null)).AssertProblem(401, "unauthorized");
        Assert.Equal(200, (await SendAsync("/v1/almena/public", null)).Status);
        Assert.Equal(200, (await SendAsync("/health/live", null)).Status);
    }

    [Fact]
    public async Task The_wrong_role_is_403() => (await _service.GetAsync("/v1/almena/slow", NoteService.System with { Roles = [Roles.Auditor] })).AssertProblem(403, "forbidden");

    [Fact]
    public async Task Another_controller_is_403_whether_it_exists_or_not()
    {
        (await _service.GetAsync("/v1/netip/caller")).AssertProblem(403, "forbidden");
        (await _service.GetAsync("/v1/no-such-controller/caller")).AssertProblem(403, "forbidden");
        Assert.Equal(200, (await _service.GetAsync("/v1/netip/caller", NoteService.System with { Controllers = ["*"] })).Status);
    }

    [Fact]
    public async Task An_endpoint_that_names_nobody_is_for_nobody()
    {
        (await _service.GetAsync("/v1/almena/forgotten")).AssertProblem(403, "forbidden");
        (await SendAsync("/v1/almena/forgotten", null)).AssertProblem(401, "unauthorized");
    }

    [Fact]
    public async Task Internal_routes_are_for_services_only()
    {
        var tokens = _service.Identities.Tokens("consent");
        using (tokens)
            Assert.Equal(200, (await SendAsync("/internal/secret", tokens.ForThisService())).Status);
        (await _service.GetAsync("/internal/secret", NoteService.System with { Roles = Roles.Any, Controllers = ["*"] })).AssertProblem(403, "forbidden");
        (await SendAsync("/internal/secret", null)).AssertProblem(401, "unauthorized");
    }

    [Fact]
    public async Task A_service_calls_another_by_name_with_its_own_token()
    {
        await using var calling = await NoteService.StartAsync(await shared.Database.CreateAsync(), $"--Services:notes={_service.Address}", $"--Identity:TrustedKeysDirectory={_service.Identities.TrustedKeys}",
            $"--Identity:PrivateKeyFile={_service.Identities.PrivateKey("notes")}");

        Assert.Equal("between services", await calling.ServicesClient().GetStringAsync("http://notes/internal/secret", TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_tampered_token_is_401()
    {
        var parts = _service.Identities.Token(NoteService.System with { Roles = [Roles.Auditor] }).Split('.');
        var claims = JsonNode.Parse(Base64Url.DecodeFromChars(parts[1]))!;
        claims["roles"] = new JsonArray(Roles.System);

        await AssertUnknown($"{parts[0]}.{Encode(claims.ToJsonString())}.{parts[2]}");
    }

    [Fact]
    public Task Algorithm_none_is_401() => AssertUnknown($"{Encode("""{"alg":"none","typ":"JWT"}""")}.{Encode(Claims().ToJsonString())}.");

    [Fact]
    public Task An_hmac_keyed_with_the_public_key_is_401()
    {
        var publicKey = File.ReadAllBytes(Path.Combine(_service.Identities.TrustedKeys, "gateway.pem"));
        var signed = $"{Encode("""{"alg":"HS256","typ":"JWT"}""")}.{Encode(Claims().ToJsonString())}";
        return AssertUnknown($"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(publicKey, Encoding.ASCII.GetBytes(signed)))}");
    }

    [Fact]
    public async Task An_issuer_that_is_not_trusted_is_401()
    {
        using var stranger = new Identities("gateway");
        await AssertUnknown(stranger.Token(NoteService.System));
    }

    [Fact]
    public Task An_issuer_cannot_sign_for_another() => AssertUnknown(Signed("consent", Claims()));

    [Fact]
    public Task Another_audience_is_401() => AssertUnknown(Signed("gateway", Claims(("aud", "somebody-else"))));

    [Theory]
    [InlineData(-120, -60)]
    [InlineData(3600, 3630)]
    [InlineData(0, 3600)]
    public Task An_expired_a_premature_and_a_long_lived_token_are_401(int fromSeconds, int toSeconds)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        return AssertUnknown(Signed("gateway", Claims(("nbf", now + fromSeconds), ("exp", now + toSeconds))));
    }

    [Fact]
    public async Task The_claims_these_tests_forge_are_otherwise_good() => Assert.Equal(200, (await SendAsync("/v1/almena/caller", Signed("gateway", Claims()))).Status);

    [Fact]
    public Task A_token_signed_with_the_right_key_under_another_algorithms_name_is_401() => AssertUnknown(Signed("gateway", Claims(), "ES384"));

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData("a.b.c")]
    [InlineData("..")]
    [InlineData("eyJhbGciOiJFUzI1NiJ9.e30.AAAA")]
    public Task What_is_no_token_is_401(string token) => AssertUnknown(token);

    [Fact]
    public void A_token_is_believed_until_it_expires_and_no_longer()
    {
        var clock = new SteppedClock();
        using var tokens = _service.Identities.Tokens("gateway", clock);
        var token = tokens.Mint(NoteService.System);

        Assert.NotNull(tokens.Validate(token));
        clock.Step(TimeSpan.FromSeconds(59));
        Assert.NotNull(tokens.Validate(token));
        clock.Step(TimeSpan.FromSeconds(10));
        Assert.Null(tokens.Validate(token));
    }

    [Fact]
    public async Task Tokens_are_minted_and_validated_by_many_requests_at_once()
    {
        using var tokens = _service.Identities.Tokens("gateway");

        var principals = await Task.WhenAll(Enumerable.Range(0, 2000).Select(i => Task.Run(() => tokens.Validate(tokens.Mint(NoteService.System with { Principal = $"key-{i}" }))?.Principal)));

        Assert.Equal(Enumerable.Range(0, 2000).Select(i => $"key-{i}"), principals);
    }

    private static JsonObject Claims(params (string Name, JsonNode Value)[] changes)
    {
        var now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = "gateway", ["aud"] = "integritet-internal", ["sub"] = "key-1", ["roles"] = new JsonArray(Roles.System), ["controllers"] = new JsonArray("*"), ["systems"] = new JsonArray("*"),
            ["iat"] = now, ["nbf"] = now, ["exp"] = now + 60,
        };
        foreach (var (name, value) in changes)
            claims[name] = value;
        return claims;
    }

    private string Signed(string keyOf, JsonObject claims, string algorithm = "ES256")
    {
        using var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(_service.Identities.PrivateKey(keyOf)));
        var signed = $"{Encode($$"""{"alg":"{{algorithm}}","typ":"JWT"}""")}.{Encode(claims.ToJsonString())}";
        return $"{signed}.{Base64Url.EncodeToString(key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256))}";
    }

    private static string Encode(string text) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text));

    private async Task AssertUnknown(string token) => (await SendAsync("/v1/almena/caller", token)).AssertProblem(401, "unauthorized");

    private Task<Answer> SendAsync(string path, string? token) => _service.SendAsync(new HttpRequestMessage(HttpMethod.Get, path), token);

    private sealed class SteppedClock : TimeProvider
    {
        private DateTimeOffset _now = System.GetUtcNow();

        public override DateTimeOffset GetUtcNow() => _now;

        public void Step(TimeSpan by) => _now += by;
    }
}

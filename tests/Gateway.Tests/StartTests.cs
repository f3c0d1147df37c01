namespace Integritet.Gateway.Tests;

/// <summary>A gateway that is set up wrongly does not start, and says why.</summary>
public sealed class StartTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData("Roles", null, null, "must have metadata 'Roles' or be marked 'Public'")]
    [InlineData("Roles", "system", "true", "must have metadata 'Roles' or be marked 'Public'")]
    [InlineData("Roles", "king", null, "'king' is not a list of roles")]
    [InlineData("Roles", "", null, "'' is not a list of roles")]
    [InlineData("Roles", null, "yes", "metadata 'Public' is 'yes'")]
    public async Task A_route_that_does_not_say_who_may_call_it_is_refused(string member, string? roles, string? isPublic, string expected)
    {
        await using var installation = await Installation.CreateAsync(postgres);
        installation.Settings["ReverseProxy:Routes:new:ClusterId"] = "consent";
        installation.Settings["ReverseProxy:Routes:new:Match:Path"] = "/v1/{controller}/new";
        if (roles is not null)
            installation.Settings[$"ReverseProxy:Routes:new:Metadata:{member}"] = roles;
        if (isPublic is not null)
            installation.Settings["ReverseProxy:Routes:new:Metadata:Public"] = isPublic;

        var refusal = Assert.ThrowsAny<Exception>(() => installation.StartReplica());

        Assert.Contains(expected, refusal.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Services:consent", "", "Services__consent")]
    [InlineData("Gateway:TrustedProxies:0", "everybody", "Gateway__TrustedProxies")]
    [InlineData("Gateway:CallsPerSecond", "0", "Gateway__CallsPerSecond")]
    [InlineData("Identity:PrivateKeyFile", "/nowhere.pem", "Identity__PrivateKeyFile")]
    public async Task A_setting_that_cannot_be_is_named(string setting, string value, string expected)
    {
        await using var installation = await Installation.CreateAsync(postgres);
        installation.Settings[setting] = value;

        var refusal = Assert.ThrowsAny<Exception>(() => installation.StartReplica());

        Assert.Contains(expected, refusal.ToString(), StringComparison.Ordinal);
    }
}

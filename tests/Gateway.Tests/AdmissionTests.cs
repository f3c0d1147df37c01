using System.Net;

namespace Integritet.Gateway.Tests;

public sealed class AdmissionTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_call_with_a_good_key_reaches_the_service()
    {
        var (installation, replica) = await Installation.StartAsync(postgres);
        await using var _ = installation;
        using var client = replica.Client(installation.Keys.System);

        using var response = await client.PostAsync("/v1/almena/consents", Json.Body(new { some = "thing" }));

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal("/v1/almena/consents", Assert.Single(installation.Upstream.Requests).Path);
    }
}

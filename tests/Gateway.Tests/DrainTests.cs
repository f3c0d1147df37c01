using System.Net;
using Microsoft.AspNetCore.Http;

namespace Integritet.Gateway.Tests;

public sealed class DrainTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_gateway_that_is_told_to_stop_is_not_ready_serves_on_for_a_while_and_finishes_what_is_under_way()
    {
        var (installation, replica) = await Installation.StartAsync(postgres, ("Drain:DelaySeconds", "10"));
        await using var _ = installation;
        var release = new TaskCompletionSource();
        installation.Upstream.Answer = async http =>
        {
            if (http.Request.Path.Value!.EndsWith("/consents", StringComparison.Ordinal))
                await release.Task;
            await http.Response.WriteAsync("""{"late":"answer"}""");
        };
        var slow = replica.CallAsync(installation.Keys.System, HttpMethod.Post, "/v1/almena/consents", new { });
        await Wait.UntilAsync(() => Task.FromResult(!installation.Upstream.Requests.IsEmpty), "a call is under way");

        var stop = Task.Run(replica.StopAsync, TestContext.Current.CancellationToken);

        await Wait.UntilAsync(async () => (await replica.CallAsync(null, HttpMethod.Get, "/health/ready")).Status == HttpStatusCode.ServiceUnavailable, "not ready");
        Assert.Equal(HttpStatusCode.OK, (await replica.CallAsync(installation.Keys.Officer, HttpMethod.Post, "/v1/almena/policies", new { })).Status);
        await Wait.UntilAsync(async () => !await AcceptsAsync(replica), "no new connections");
        Assert.False(stop.IsCompleted);
        release.SetResult();
        var (status, body, _) = await slow;
        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal("answer", body.GetProperty("late").GetString());
        await stop;
    }

    private static async Task<bool> AcceptsAsync(Replica replica)
    {
        try
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync(replica.Address.Host, replica.Address.Port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}

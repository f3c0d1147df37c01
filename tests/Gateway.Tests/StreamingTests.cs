using System.IO.Pipelines;
using System.Net;
using Microsoft.AspNetCore.Http;

namespace Integritet.Gateway.Tests;

public sealed class StreamingTests(PostgresFixture postgres, SharedInstallation shared) : IClassFixture<SharedInstallation>
{
    [Fact]
    public async Task A_body_flows_to_the_service_while_the_client_still_sends_it()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        long received = 0;
        installation.Upstream.Take = async http =>
        {
            var buffer = new byte[64 * 1024];
            while (await http.Request.Body.ReadAsync(buffer) is > 0 and var count)
                Interlocked.Add(ref received, count);
        };
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        using var client = replica.Client(installation.Keys.System);
        var answer = client.PostAsync("/v1/almena/consents", new StreamContent(pipe.Reader.AsStream()), TestContext.Current.CancellationToken);

        await pipe.Writer.WriteAsync(new byte[512 * 1024], TestContext.Current.CancellationToken);

        await Wait.UntilAsync(() => Task.FromResult(Interlocked.Read(ref received) > 400 * 1024), "most of what was sent so far is there");
        Assert.False(answer.IsCompleted);
        await pipe.Writer.CompleteAsync();
        Assert.Equal(HttpStatusCode.OK, (await answer).StatusCode);
        Assert.Equal(512 * 1024, received);
    }

    [Fact]
    public async Task An_answer_flows_to_the_client_while_the_service_still_writes_it()
    {
        var (installation, replica) = (shared.Fresh().Installation, shared.Replica);
        var go = new TaskCompletionSource();
        installation.Upstream.Answer = async http =>
        {
            await http.Response.WriteAsync("first\n");
            await http.Response.Body.FlushAsync();
            await go.Task;
            await http.Response.WriteAsync("second\n");
        };
        using var client = replica.Client(installation.Keys.Auditor);

        using var response = await client.GetAsync("/v1/almena/audit/export", HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken));

        Assert.Equal("first", await reader.ReadLineAsync(TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken));
        go.SetResult();
        Assert.Equal("second", await reader.ReadLineAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_streaming_route_takes_a_body_of_any_length()
    {
        var (installation, replica) = await Installation.StartAsync(
            postgres,
            ("ReverseProxy:Routes:holdings.import:ClusterId", "consent"), ("ReverseProxy:Routes:holdings.import:Match:Path", "/v1/{controller}/holdings/import"),
            ("ReverseProxy:Routes:holdings.import:Match:Methods:0", "POST"), ("ReverseProxy:Routes:holdings.import:Metadata:Roles", "system"),
            ("ReverseProxy:Routes:holdings.import:Metadata:Streaming", "true"));
        await using var _ = installation;
        long received = 0;
        installation.Upstream.Take = async http =>
        {
            var buffer = new byte[64 * 1024];
            while (await http.Request.Body.ReadAsync(buffer) is > 0 and var count)
                received += count;
        };
        using var client = replica.Client(installation.Keys.System);

        using var response = await client.PostAsync("/v1/almena/holdings/import", new ByteArrayContent(new byte[3 * 1024 * 1024]), TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(3 * 1024 * 1024, received);
    }
}

using System.Collections.Concurrent;
using System.Net;
using System.Text;
using Integritet.Policy.Simulations;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using static Integritet.Policy.Tests.Documents;

namespace Integritet.Policy.Tests;

/// <summary>Trying a version on past decisions: what the services that decide are asked, and how their findings are added up.</summary>
public sealed class SimulationTests(SharedServers servers) : IClassFixture<SharedServers>, IAsyncLifetime
{
    private const string Range = """{"from":"2026-02-01T00:00:00Z","to":"2026-03-01T00:00:00+01:00"}""";

    private readonly ConcurrentQueue<(string Path, string Query, string Body)> _asked = [];
    private Installation _installation = null!;

    public async ValueTask InitializeAsync() => _installation = await servers.InstallAsync();

    public ValueTask DisposeAsync() => _installation.DisposeAsync();

    [Fact]
    public async Task Every_decider_gets_the_draft_and_the_range_and_their_findings_are_added_up()
    {
        await using var consent = await DeciderAsync("""{"decided":10,"unchanged":7,"notReplayable":2,"flipped":1,"flips":[{"decisionId":"d-1","was":"permit","becomes":"refuse","rules":["TT-1"]}],"truncated":false,"notReplayableBecause":[{"code":"facts-not-recorded","detail":"contacts","count":2}]}""");
        await using var retention = await DeciderAsync("""{"decided":5,"unchanged":5,"notReplayable":0,"flipped":0,"flips":[],"truncated":false,"notReplayableBecause":[],"reached":"2026-02-10T00:00:00Z"}""");
        var policy = await StartAsync(("consent", consent), ("retention", retention));
        var draft = (await policy.DraftAsync(Small())).Expect(201).Json;

        var answer = (await SimulateAsync(policy, Range)).Expect(200).Json;

        Assert.Equal((15, 12, 2, 1), ((int)answer["decided"]!, (int)answer["unchanged"]!, (int)answer["notReplayable"]!, (int)answer["flipped"]!));
        Assert.Equal("""{"decisionId":"d-1","was":"permit","becomes":"refuse","rules":["TT-1"],"decider":"consent"}""", Assert.Single(answer["flips"]!.AsArray())!.ToJsonString());
        Assert.False((bool)answer["complete"]!);
        Assert.Equal("""[{"decider":"consent","decided":10},{"decider":"retention","decided":5,"reached":"2026-02-10T00:00:00Z"}]""", answer["deciders"]!.ToJsonString());
        Assert.Equal(2, _asked.Count);
        Assert.All(_asked, asked => Assert.Equal(Small(), asked.Body));
        Assert.All(_asked, asked => Assert.Equal($"?controller=small&hash={draft["hash"]}&from=2026-02-01T00:00:00.0000000Z&to=2026-02-28T23:00:00.0000000Z", asked.Query));
    }

    [Fact]
    public async Task A_decider_that_is_away_makes_no_half_answer()
    {
        await using var consent = await DeciderAsync("""{"title":"broken"}""", status: 503);
        var policy = await StartAsync(("consent", consent));
        (await policy.DraftAsync(Small())).Expect(201);
        var problem = (await SimulateAsync(policy, Range)).ExpectProblem(503);
        Assert.Contains("'consent'", (string)problem.Json["detail"]!, StringComparison.Ordinal);
        Assert.NotNull(problem.Headers.RetryAfter);
    }

    [Theory]
    [InlineData("""{"from":"2026-03-01T00:00:00Z","to":"2026-03-01T00:00:00Z"}""", 422, "/to")]
    [InlineData("""{"from":"2026-02-30T00:00:00Z","to":"2026-03-01T00:00:00Z"}""", 400, "/from")]
    [InlineData("""{"from":"2026-02-01","to":"2026-03-01T00:00:00Z"}""", 400, "/from")]
    public async Task A_range_that_is_none_is_a_problem(string body, int status, string pointer)
    {
        var policy = await StartAsync();
        (await policy.DraftAsync(Small())).Expect(201);
        Assert.Equal(pointer, (string?)(await SimulateAsync(policy, body)).ExpectProblem(status).Json["errors"]![0]!["pointer"]);
    }

    [Fact]
    public async Task What_is_not_there_is_not_tried() => (await SimulateAsync(await StartAsync(), Range)).ExpectProblem(404);

    [Fact]
    public async Task A_system_tries_nothing()
    {
        var policy = await StartAsync();
        (await policy.SendAsync(HttpMethod.Post, "/v1/small/policies/1/simulations", "system", new StringContent(Range, Encoding.UTF8, "application/json"))).ExpectProblem(403);
    }

    [Fact]
    public void Flips_of_all_deciders_share_one_limit()
    {
        var flips = Enumerable.Range(0, 800).Select(i => new Flip($"d-{i}", "permit", "refuse", [])).ToArray();
        var found = new Found(800, 0, 0, 800, flips, Truncated: false, []);
        var answer = SimulatePolicy.AddUp([new DeciderResult("consent", found), new DeciderResult("disclosure", found)]);
        Assert.Equal((1600L, SimulationAnswer.MaxFlips, true, true), (answer.Flipped, answer.Flips.Count, answer.Truncated, answer.Complete));
    }

    private static Task<Answer> SimulateAsync(Replica policy, string body) =>
        policy.SendAsync(HttpMethod.Post, "/v1/small/policies/1/simulations", "officer", new StringContent(body, Encoding.UTF8, "application/json"));

    private Task<Replica> StartAsync(params (string Name, WebApplication App)[] deciders) => _installation.StartAsync(
        settings: [.. deciders.SelectMany((decider, i) => new[] { $"--Policy:Deciders:{i}={decider.Name}", $"--Services:{decider.Name}={decider.App.Urls.Single()}" })]);

    /// <summary>The HTTP side of a service that decides: takes down what it is asked, and answers as told.</summary>
    private async Task<WebApplication> DeciderAsync(string answer, int status = 200)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.MapPost("/internal/simulations", async (HttpContext http) =>
        {
            using var reader = new StreamReader(http.Request.Body);
            _asked.Enqueue((http.Request.Path, WebUtility.UrlDecode(http.Request.QueryString.Value!), await reader.ReadToEndAsync()));
            return Results.Text(answer, "application/json", statusCode: status);
        });
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }
}

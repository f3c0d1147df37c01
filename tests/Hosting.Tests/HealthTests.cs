using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Integritet.Hosting.Tests;

public sealed class HealthTests(Database database)
{
    [Fact]
    public async Task A_service_with_all_its_parts_is_live_and_ready()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());

        Assert.Equal(200, (await service.GetAsync("/health/live")).Status);
        var ready = await service.GetAsync("/health/ready");

        Assert.Equal(200, ready.Status);
        Assert.Equal("""{"status":"ready","parts":{"accepting":"ready","broker":"ready","store":"ready"},"degraded":[]}""", ready.Text);
    }

    [Fact]
    public async Task A_degraded_part_is_named_and_the_service_stays_ready()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        service.Services.GetRequiredService<Broker>().Away = true;

        var ready = await service.GetAsync("/health/ready");

        Assert.Equal(200, ready.Status);
        Assert.Equal("""{"status":"degraded","parts":{"accepting":"ready","broker":"degraded","store":"ready"},"degraded":["broker"]}""", ready.Text);
    }

    [Fact]
    public async Task Without_its_store_a_service_answers_503_and_is_live_but_not_ready_until_the_store_is_back()
    {
        await using var server = await PostgresServer.StartPrivateAsync();
        await using var service = await NoteService.StartAsync(await server.CreateDatabaseAsync(), "--EventStore:AppendTimeoutMs=3000");
        Answer? before = null;
        await Until.TrueAsync(async () => (before = await service.PostAsync("/v1/almena/notes", """{"text":"before"}""", "k-0")).Status == 201);
        var id = (string)before!.Json["id"]!;

        await server.KillAsync();

        var refused = (await service.PostAsync("/v1/almena/notes", """{"text":"during"}""", "k-1")).AssertProblem(503, "unavailable");
        Assert.NotNull(refused.Headers.RetryAfter);
        (await service.GetAsync($"/v1/almena/notes/{id}")).AssertProblem(503, "unavailable");
        Assert.Equal(200, (await service.GetAsync("/health/live")).Status);
        var ready = await service.GetAsync("/health/ready");
        Assert.Equal((503, "unavailable"), (ready.Status, (string)ready.Json["parts"]!["store"]!));

        await server.RestartAsync();

        await Until.TrueAsync(async () => (await service.GetAsync("/health/ready")).Status == 200);
        Assert.Equal("before", (string)(await service.GetAsync($"/v1/almena/notes/{id}")).Json["text"]!);
        // Refused while the writer finds its way back, taken once.
        await Until.TrueAsync(async () => (await service.PostAsync("/v1/almena/notes", """{"text":"during"}""", "k-1")).Status == 201);
        Assert.Equal(2, await service.Store.HeadAsync(TestContext.Current.CancellationToken));
    }
}

/// <summary>A part that may be away without the service being of no use.</summary>
public sealed class Broker : IHealthCheck
{
    public bool Away { get; set; }

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) =>
        Task.FromResult(Away ? HealthCheckResult.Degraded() : HealthCheckResult.Healthy());
}

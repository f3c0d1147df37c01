namespace Integritet.Hosting.Tests;

public sealed class DrainTests(Database database)
{
    [Fact]
    public async Task A_request_under_way_is_finished_while_the_service_stops()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        var underWay = service.GetAsync("/v1/almena/slow");
        await service.Gate.Entered;

        var stopping = service.StopAsync();
        await Until.TrueAsync(() => RefusesConnections(service));
        Assert.False(underWay.IsCompleted);
        Assert.False(stopping.IsCompleted);
        service.Gate.Open();

        Assert.Equal((200, "done"), ((await underWay).Status, (await underWay).Text));
        await stopping;
    }

    [Fact]
    public async Task While_it_drains_a_service_still_answers_but_is_not_ready()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync(), "--Drain:DelaySeconds=120");
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);

        var stopping = service.StopAsync(enough.Token);

        await Until.TrueAsync(async () => (await service.GetAsync("/health/ready")).Status == 503);
        Assert.Equal(201, (await service.PostAsync("/v1/almena/notes", """{"text":"a"}""")).Status);
        Assert.False(stopping.IsCompleted);
        await enough.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopping);
    }

    [Fact]
    public async Task A_request_that_never_ends_does_not_stop_the_service_from_stopping()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync(), "--Drain:TimeoutSeconds=1");
        var underWay = service.GetAsync("/v1/almena/slow");
        await service.Gate.Entered;

        var stopping = service.StopAsync();

        await Until.TrueAsync(() => Task.FromResult(stopping.IsCompleted));
        await Assert.ThrowsAsync<HttpRequestException>(() => underWay);
    }

    private static async Task<bool> RefusesConnections(NoteService service)
    {
        using var fresh = new HttpClient { BaseAddress = service.Address };
        try
        {
            await fresh.GetAsync("/health/live", TestContext.Current.CancellationToken);
            return false;
        }
        catch (HttpRequestException)
        {
            return true;
        }
    }
}

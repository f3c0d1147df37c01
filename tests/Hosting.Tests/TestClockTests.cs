using System.Text;

namespace Integritet.Hosting.Tests;

public sealed class TestClockTests(Database database)
{
#if TEST_CLOCK
    [Fact]
    public async Task The_clock_moves_forward_only_and_a_restarted_replica_goes_on_from_there()
    {
        var (service, file) = (await database.CreateAsync(), Path.Combine(Path.GetTempPath(), $"clock-{Guid.CreateVersion7():n}"));
        string[] settings = ["--TestClock:Enabled=true", $"--TestClock:File={file}"];
        await using (var first = await NoteService.StartAsync(service, settings))
        {
            Assert.Equal(200, (await PutAsync(first, 28 * 86400)).Status);
            Assert.Equal(200, (await PutAsync(first, 28 * 86400)).Status);
            (await PutAsync(first, 27 * 86400)).AssertProblem(422, "unprocessable");
            (await PutAsync(first, 86400L * 365 * 60)).AssertProblem(422, "unprocessable");
            AssertAhead(first, 28);
        }

        await using var second = await NoteService.StartAsync(service, settings);
        AssertAhead(second, 28);
        Assert.Equal(201, (await second.PostAsync("/v1/almena/notes", """{"text":"a"}""")).Status);
        File.Delete(file);
    }

    [Fact]
    public async Task Only_services_move_it_and_only_where_it_is_enabled()
    {
        await using var service = await NoteService.StartAsync(await database.CreateAsync());
        Assert.Equal(404, (await PutAsync(service, 60)).Status);
    }

    private static void AssertAhead(NoteService service, int days) =>
        Assert.Equal(days, ((TimeProvider)service.Services.GetService(typeof(TimeProvider))!).GetUtcNow().Subtract(TimeProvider.System.GetUtcNow()).TotalDays, tolerance: 0.01);
#else
    [Fact]
    public async Task A_normal_build_has_no_clock_to_move()
    {
        var file = Path.Combine(Path.GetTempPath(), $"never-written-{Guid.CreateVersion7():n}");
        await using var service = await NoteService.StartAsync(await database.CreateAsync(), "--TestClock:Enabled=true", $"--TestClock:File={file}");

        (await PutAsync(service, 60)).AssertProblem(404, "not-found");
        Assert.False(File.Exists(file));
    }
#endif

    private static async Task<Answer> PutAsync(NoteService service, long seconds)
    {
        using var tokens = service.Identities.Tokens("gateway");
        var request = new HttpRequestMessage(HttpMethod.Put, "/internal/clock") { Content = new StringContent($$"""{"offsetSeconds":{{seconds}}}""", Encoding.UTF8, "application/json") };
        return await service.SendAsync(request, tokens.ForThisService());
    }
}

namespace Integritet.Hosting.Tests;

public sealed class IdempotencyTests(Database database) : IAsyncLifetime
{
    private const string Path = "/v1/almena/notes";
    private NoteService _service = null!;

    public async ValueTask InitializeAsync() => _service = await NoteService.StartAsync(await database.CreateAsync());

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Fact]
    public async Task A_repeat_has_no_second_effect_and_the_same_answer()
    {
        var first = await _service.PostAsync(Path, """{"text":"a"}""", "k-1");
        var again = await _service.PostAsync(Path, """{"text":"a"}""", "\"k-1\"");

        Assert.Equal(201, first.Status);
        Assert.Equal((first.Status, first.Text), (again.Status, again.Text));
        Assert.Equal(1, await HeadAsync());
    }

    [Fact]
    public async Task Without_a_key_every_request_counts()
    {
        await _service.PostAsync(Path, """{"text":"a"}""");
        await _service.PostAsync(Path, """{"text":"a"}""");

        Assert.Equal(2, await HeadAsync());
    }

    [Theory]
    [InlineData(Path, """{"text":"b"}""")]
    [InlineData(Path + "?dryRun=true", """{"text":"a"}""")]
    public async Task A_key_used_for_another_request_is_422_and_nothing_is_stored(string path, string json)
    {
        await _service.PostAsync(Path, """{"text":"a"}""", "k-1");

        var answer = (await _service.PostAsync(path, json, "k-1")).AssertProblem(422, "unprocessable");

        Assert.Equal(["#header/Idempotency-Key"], answer.Pointers);
        Assert.Equal(1, await HeadAsync());
    }

    [Fact]
    public async Task A_key_is_one_principals_one_controllers_and_one_routes()
    {
        var other = NoteService.System with { Principal = "key-2", Controllers = ["*"] };
        var first = await _service.PostAsync(Path, """{"text":"a"}""", "k-1");

        var answers = new[]
        {
            await _service.PostAsync(Path, """{"text":"b"}""", "k-1", other), await _service.PostAsync("/v1/netip/notes", """{"text":"c"}""", "k-1", other),
            await _service.PostAsync($"{Path}/{first.Json["id"]}/closing", null, "k-1"),
        };

        Assert.Equal([201, 201, 200], answers.Select(a => a.Status));
        Assert.Equal(4, await HeadAsync());
    }

    [Fact]
    public async Task Concurrent_twins_have_one_effect_and_one_answer()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => _service.PostAsync(Path, """{"text":"a"}""", "k-1")));

        Assert.All(answers, answer => Assert.Equal((201, answers[0].Text), (answer.Status, answer.Text)));
        Assert.Equal(1, await HeadAsync());
    }

    [Fact]
    public async Task A_repeat_of_what_would_now_be_refused_is_answered_as_the_first_time()
    {
        var id = (string)(await _service.PostAsync(Path, """{"text":"a"}""")).Json["id"]!;

        var twins = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => _service.PostAsync($"{Path}/{id}/closing", null, "k-1")));
        var late = await _service.PostAsync($"{Path}/{id}/closing", null, "k-1");

        Assert.All([.. twins, late], answer => Assert.Equal((200, late.Text), (answer.Status, answer.Text)));
        (await _service.PostAsync($"{Path}/{id}/closing", null, "k-2")).AssertProblem(409, "conflict");
    }

    [Fact]
    public async Task A_refusal_is_not_kept_so_that_the_same_key_can_succeed_later()
    {
        (await _service.PostAsync($"{Path}/none/closing", null, "k-1")).AssertProblem(404, "not-found");
        (await _service.PostAsync($"{Path}/none/closing", null, "k-1")).AssertProblem(404, "not-found");
    }

    [Theory]
    [InlineData("")]
    [InlineData("with space")]
    [InlineData("\"\"")]
    [InlineData("quote\"inside")]
    [InlineData("256")]
    public async Task A_key_that_is_no_key_is_400(string key) => Assert.Equal(
        ["#header/Idempotency-Key"], (await _service.PostAsync(Path, """{"text":"a"}""", key == "256" ? new string('k', 256) : key)).AssertProblem(400, "malformed").Pointers);

    [Fact]
    public async Task Commands_on_one_resource_at_the_same_time_all_take_effect_once()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => _service.PostAsync("/v1/almena/counters/c-1", null)));

        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal(Enumerable.Range(1, 8), answers.Select(a => (int)a.Json["count"]!).Order());
    }

    private Task<long> HeadAsync() => _service.Store.HeadAsync(TestContext.Current.CancellationToken);
}

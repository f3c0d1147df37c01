using System.Net;

namespace Integritet.Consent.Tests;

public sealed class IdempotencyTests(Installation installation)
{
    [Fact]
    public async Task A_repeat_is_answered_as_the_first_time_and_stores_nothing()
    {
        var (anna, service, key) = await StartAsync();
        var first = await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"), key);
        var again = await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"), key);
        Assert.Equal(first.Ok(HttpStatusCode.Created).ToJsonString(), again.Ok(HttpStatusCode.Created).ToJsonString());
        Assert.Single((await anna.SearchAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task Twins_at_once_get_one_answer()
    {
        var (anna, service, key) = await StartAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"), key)));
        Assert.Single(answers.Select(a => a.Ok(HttpStatusCode.Created).ToJsonString()).Distinct(StringComparer.Ordinal));
        Assert.Single((await anna.SearchAsync())["items"]!.AsArray());
    }

    [Fact]
    public async Task A_key_used_for_another_request_is_refused()
    {
        var (anna, service, key) = await StartAsync();
        (await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"), key)).Ok(HttpStatusCode.Created);
        (await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("targeting"), key)).Problem(422, "#header/Idempotency-Key");
    }

    [Fact]
    public async Task A_refused_request_does_not_use_the_key_up()
    {
        var (anna, service, key) = await StartAsync();
        (await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("spying"), key)).Problem(422, "/purposes/0");
        (await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("targeting"), key)).Ok(HttpStatusCode.Created);
    }

    [Fact]
    public async Task A_repeated_question_gets_the_recorded_answer()
    {
        var (anna, service, key) = await StartAsync();
        var given = await anna.GiveAsync("own-marketing");
        var first = (await service.PostAsync(anna.Path("decisions"), anna.System, anna.Question(), key)).Ok();
        await anna.WithdrawAsync(given);
        var again = (await service.PostAsync(anna.Path("decisions"), anna.System, anna.Question(), key)).Ok();
        Assert.Equal("permit", (string?)first["outcome"]);
        Assert.Equal(first.ToJsonString(), again.ToJsonString());
        Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);
    }

    [Fact]
    public async Task A_repeated_withdrawal_is_answered_as_the_first_time()
    {
        var (anna, service, key) = await StartAsync();
        var given = await anna.GiveAsync("own-marketing");
        var path = anna.Path($"consents/{given["consentId"]}/withdrawal");
        var first = (await service.PostAsync(path, anna.System, new { method = "phone" }, key)).Ok();
        Assert.Equal(first.ToJsonString(), (await service.PostAsync(path, anna.System, new { method = "phone" }, key)).Ok().ToJsonString());
    }

    [Fact]
    public async Task A_stale_etag_is_refused_and_a_fresh_one_is_not()
    {
        var (anna, service, _) = await StartAsync();
        var given = await anna.GiveAsync("own-marketing", "targeting");
        var path = anna.Path($"consents/{given["consentId"]}");
        var tag = (await service.GetAsync(path, anna.System)).Response.Headers.ETag!.ToString();
        await anna.WithdrawAsync(given, "targeting");
        (await service.PostAsync(path + "/withdrawal", anna.System, new { method = "phone" }, ("If-Match", tag))).Problem(412);
        tag = (await service.GetAsync(path, anna.System)).Response.Headers.ETag!.ToString();
        (await service.PostAsync(path + "/withdrawal", anna.System, new { method = "phone" }, ("If-Match", tag))).Ok();
    }

    private async Task<(Customer Anna, ServiceProcess Service, (string, string) Key)> StartAsync() =>
        (await Customer.OfAsync(installation), await installation.ServiceAsync(), ("Idempotency-Key", Guid.CreateVersion7().ToString()));
}

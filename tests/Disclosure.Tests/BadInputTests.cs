using System.Text;
using Integritet.Platform.Hosting;
using Npgsql;

namespace Integritet.Disclosure.Tests;

public sealed class BadInputTests(Installation installation)
{
    private const string Somebody = "0197aaaa-0000-7000-8000-00000000ffff";

    [Theory]
    [InlineData("recipients", "{", 400)]
    [InlineData("recipients", """{"kind":"employee","name":"Eva"}""", 400)]
    [InlineData("recipients", """{"kind":"employee","name":"Eva","country":"CH","shoe":42}""", 400)]
    [InlineData("recipients", """{"kind":"employee","kind":"court","name":"Eva","country":"CH"}""", 400)]
    [InlineData("recipients", """{"kind":17,"name":"Eva","country":"CH"}""", 400)]
    [InlineData("recipients", """{"kind":"friend","name":"Eva","country":"Schweiz"}""", 422, "/kind", "/country")]
    [InlineData("recipients", """{"kind":"employee","name":"E\u0000va","country":"CH"}""", 422, "/name")]
    [InlineData("recipients/" + Somebody + "/agreements", """{"type":"nda","signedAt":"yesterday","reference":"r"}""", 400)]
    [InlineData("recipients/" + Somebody + "/agreements", """{"type":"nda","signedAt":"2026-01-02T10:00:00","reference":"r"}""", 400)]
    [InlineData("recipients/" + Somebody + "/agreements", """{"type":"nda","signedAt":"2026-01-02T10:00:00Z","reference":"r"}""", 404)]
    [InlineData("recipients/" + Somebody + "/access-rights", """{"categories":["email"]}""", 400)]
    [InlineData("recipients/" + Somebody + "/access-rights", """{"categories":["email",null],"validFrom":"2026-01-02T10:00:00Z"}""", 400)]
    [InlineData("recipients/" + Somebody + "/access-rights", """{"categories":["email"],"validFrom":"2026-01-02T10:00:00Z"}""", 404)]
    [InlineData("recipients/eva/agreements", """{"type":"nda","signedAt":"2026-01-02T10:00:00Z","reference":"r"}""", 404)]
    [InlineData("cases", """{"kind":"abuse-investigation","reference":"a-1"}""", 400)]
    [InlineData("cases", """{"kind":"murder","reference":"a b","reason":""}""", 422, "/kind", "/reference", "/reason")]
    [InlineData("cases", """{"kind":"abuse-investigation","reference":"a-1\n","reason":"spam"}""", 422, "/reference")]
    [InlineData("cases", """{"kind":"breach","reference":"b-1","reason":"a laptop was lost"}""", 422, "/kind")]
    [InlineData("cases", """{"kind":"abuse-investigation","reference":"a-1","reason":"spam","subjects":[]}""", 422, "/subjects")]
    [InlineData("cases", """{"kind":"abuse-investigation","reference":"a-1","reason":"spam","subjects":[{"type":"email","value":"a@b.se"},{"type":"email","value":"nobody"}]}""", 422, "/subjects/1/value")]
    [InlineData("cases/no-such-case/closure", """{"text":"done"}""", 404)]
    [InlineData("cases/no-such-case/closure", """{}""", 400)]
    public async Task A_body_that_cannot_be_taken_is_told_why_and_stores_nothing(string path, string body, int status, params string[] pointers)
    {
        var register = await Register.OfAsync(installation);
        var before = await CountAsync();
        (await register.PostAsync(path, body)).Problem(status, pointers);
        Assert.Equal(before, await CountAsync());
    }

    [Fact]
    public async Task A_text_over_the_limit_is_refused()
    {
        var register = await Register.OfAsync(installation);
        (await register.PostAsync("recipients", new { kind = "employee", name = new string('x', 1025), country = "CH" })).Problem(422, "/name");
        (await register.PostAsync("cases", new { kind = "abuse-investigation", reference = new string('x', 129), reason = "spam" })).Problem(422, "/reference");
    }

    [Fact]
    public async Task A_body_over_the_limit_is_refused()
    {
        var register = await Register.OfAsync(installation);
        (await register.PostAsync("recipients", """{"kind":"employee","name":"Eva","country":"CH"}""" + new string(' ', 1024 * 1024))).Problem(413);
    }

    [Theory]
    [InlineData("?limit=0", "#query/limit")]
    [InlineData("?limit=many", "#query/limit")]
    [InlineData("?after=yesterday", "#query/after")]
    public async Task A_page_that_is_none_is_refused(string query, string pointer)
    {
        var register = await Register.OfAsync(installation);
        var service = await installation.DisclosureAsync();
        foreach (var list in new[] { "recipients", "cases" })
            (await service.GetAsync(register.Path(list + query), register.Officer)).Problem(422, pointer);
    }

    [Fact]
    public async Task An_unknown_controller_has_nothing_and_gets_nothing()
    {
        var service = await installation.DisclosureAsync();
        var officer = installation.Token(Roles.Officer);
        (await service.PostAsync("/v1/nobody/recipients", officer, new { kind = "employee", name = "Eva", country = "CH" })).Problem(404);
        (await service.PostAsync("/v1/nobody/cases", officer, new { kind = "abuse-investigation", reference = "a-1", reason = "spam" })).Problem(404);
        (await service.GetAsync("/v1/nobody/cases", officer)).Problem(404);
        (await service.GetAsync("/v1/nobody/recipients", officer)).Problem(404);
    }

    [Fact]
    public async Task Only_officers_write_the_registers()
    {
        var service = await installation.DisclosureAsync();
        foreach (var role in new[] { Roles.System, Roles.Auditor, Roles.Operator, Roles.Subject })
            (await service.PostAsync("/v1/privatealps/cases", installation.Token(role), new { kind = "abuse-investigation", reference = "a-1", reason = "spam" })).Problem(403);
        (await service.PostAsync("/v1/privatealps/cases", token: null, new { kind = "abuse-investigation", reference = "a-1", reason = "spam" })).Problem(401);
    }

    [Fact]
    public async Task Another_media_type_is_refused()
    {
        var register = await Register.OfAsync(installation);
        (await register.PostAsync("cases", new StringContent("""{"kind":"abuse-investigation","reference":"a-1","reason":"spam"}""", Encoding.UTF8, "text/plain"))).Problem(415);
    }

    private async Task<long> CountAsync()
    {
        await using var database = NpgsqlDataSource.Create(installation.DatabaseOf("disclosure"));
        await using var command = database.CreateCommand("select count(*) from mt_events where type not in ('policy-received.v1', 'policies-asked.v1', 'policy-list-received.v1', 'fact-confirmed.v1')");
        return (long)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

using System.Net.Http.Headers;
using System.Text;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

public sealed class BadInputTests(Installation installation)
{
    private const string Good = """{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""";

    [Theory]
    [InlineData("{", 400)]
    [InlineData("null", 400)]
    [InlineData("[]", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se","name":"Anna"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":17},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":"own-marketing","method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":[null],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"purposes":[],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r","qualities":{"free":1}}}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"},"expiresAt":"tomorrow"}""", 400)]
    [InlineData("""{"subject":{"type":"email","value":"not an address"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 422, "/subject/value")]
    [InlineData("""{"subject":{"type":"shoe","value":"42"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 422, "/subject/type")]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["spying"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 422, "/purposes/0")]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"telepathy","language":"sv","evidence":{"reference":"r"}}""", 422, "/method")]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"a\u0000b"}}""", 422, "/evidence/reference")]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"},"expiresAt":"2001-01-01T00:00:00Z"}""", 422, "/expiresAt")]
    public async Task A_body_that_cannot_be_taken_is_told_why_and_stores_nothing(string body, int status, params string[] pointers)
    {
        var service = await installation.ServiceAsync();
        var before = await Log.CountByCallersAsync(installation);
        (await service.PostAsync("/v1/almena/consents", installation.Token(Roles.System), ServiceProcess.Json(body))).Problem(status, pointers);
        Assert.Equal(before, await Log.CountByCallersAsync(installation));
    }

    [Fact]
    public async Task A_text_over_the_limit_is_refused() =>
        (await PostAsync(Good.Replace("\"r\"", $"\"{new string('x', 1025)}\"", StringComparison.Ordinal))).Problem(422, "/evidence/reference");

    [Fact]
    public async Task A_body_over_the_limit_is_refused() => (await PostAsync(Good + new string(' ', 1024 * 1024))).Problem(413);

    [Fact]
    public async Task More_purposes_than_an_array_holds_are_refused() =>
        (await PostAsync(Good.Replace("[\"own-marketing\"]", $"[{string.Join(',', Enumerable.Repeat("\"own-marketing\"", 1001))}]", StringComparison.Ordinal))).Problem(422, "/purposes");

    [Fact]
    public async Task Another_media_type_is_refused()
    {
        var service = await installation.ServiceAsync();
        (await service.PostAsync("/v1/almena/consents", installation.Token(Roles.System), new StringContent(Good, Encoding.UTF8, "text/plain"))).Problem(415);
    }

    [Fact]
    public async Task Text_that_is_not_utf8_is_refused()
    {
        var service = await installation.ServiceAsync();
        var content = new ByteArrayContent([.. Encoding.UTF8.GetBytes(Good[..^3]), 0xFF, 0xFE, .. "\"}}"u8]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await service.PostAsync("/v1/almena/consents", installation.Token(Roles.System), content)).Problem(400);
    }

    [Fact]
    public async Task Without_a_credential_nothing_is_answered() => (await (await installation.ServiceAsync()).PostAsync("/v1/almena/consents", token: null, ServiceProcess.Json(Good))).Problem(401);

    [Fact]
    public async Task A_controller_that_is_not_the_callers_is_refused() =>
        (await (await installation.ServiceAsync()).PostAsync("/v1/almena/consents", await TokenAsync(Roles.System, "netip"), ServiceProcess.Json(Good))).Problem(403);

    [Fact]
    public async Task A_controller_without_a_policy_does_not_exist()
    {
        (await PostAsync(Good, "/v1/nobody/consents")).Problem(404);
        (await PostAsync("""{"subject":{"type":"email","value":"a@b.se"},"method":"gpc"}""", "/v1/nobody/consents/refusals")).Problem(404);
        (await PostAsync("""{"subject":{"type":"email","value":"a@b.se"}}""", "/v1/nobody/consents/search")).Problem(404);
        (await PostAsync("""{"operation":"use","purpose":"support","categories":["email"]}""", "/v1/nobody/decisions")).Problem(404);
    }

    [Theory]
    [InlineData("/v1/almena/consents", Roles.Auditor)]
    [InlineData("/v1/almena/consents", Roles.Operator)]
    [InlineData("/v1/almena/consents", Roles.Officer)]
    [InlineData("/v1/almena/consents/refusals", Roles.Officer)]
    [InlineData("/v1/almena/decisions", Roles.Operator)]
    [InlineData("/v1/almena/decisions", Roles.Subject)]
    [InlineData("/v1/almena/decisions/batch", Roles.Auditor)]
    [InlineData("/v1/almena/consents/search", Roles.Operator)]
    public async Task A_role_that_may_not_is_refused(string path, string role) =>
        (await (await installation.ServiceAsync()).PostAsync(path, await TokenAsync(role), ServiceProcess.Json(Good))).Problem(403);

    [Fact]
    public async Task What_is_no_id_is_not_found()
    {
        var service = await installation.ServiceAsync();
        var token = installation.Token(Roles.Officer);
        (await service.GetAsync("/v1/almena/consents/17", token)).Problem(404);
        (await service.GetAsync($"/v1/almena/consents/{Guid.CreateVersion7()}", token)).Problem(404);
        (await service.GetAsync("/v1/almena/decisions/17", token)).Problem(404);
        (await service.GetAsync($"/v1/almena/decisions/{Guid.CreateVersion7()}", token)).Problem(404);
        (await service.GetAsync($"/v1/almena/decisions/{Guid.CreateVersion7()}.1/explanation", token)).Problem(404);
        (await service.PostAsync($"/v1/almena/consents/{Guid.CreateVersion7()}/withdrawal", installation.Token(Roles.System), new { method = "phone" })).Problem(404);
    }

    [Theory]
    [InlineData("?limit=0", "#query/limit")]
    [InlineData("?limit=101", "#query/limit")]
    [InlineData("?limit=ten", "#query/limit")]
    [InlineData("?after=yesterday", "#query/after")]
    public async Task A_search_with_a_bad_page_is_refused(string query, string pointer) =>
        (await PostAsync("""{"subject":{"type":"email","value":"a@b.se"}}""", "/v1/almena/consents/search" + query)).Problem(422, pointer);

    [Fact]
    public async Task Nobody_searches_the_future() =>
        (await PostAsync("""{"subject":{"type":"email","value":"a@b.se"},"asOf":"2999-01-01T00:00:00Z"}""", "/v1/almena/consents/search")).Problem(422, "/asOf");

    [Theory]
    [InlineData("""{"operation":"sell"}""", 422, "/operation")]
    [InlineData("""{"operation":"use","purpose":"spying","categories":["email"]}""", 422, "/purpose")]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email","blood-type"]}""", 422, "/categories/1")]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email"],"actor":{"kind":"ghost"}}""", 422, "/actor/kind")]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email"],"context":{"country":"Sweden"}}""", 422, "/context/country")]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email"],"subject":{"type":"email","value":"nobody"}}""", 422, "/subject/value")]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email"],"colour":"blue"}""", 400)]
    [InlineData("""{"operation":"use","purpose":"support","categories":["email"],"anonymised":"yes"}""", 400)]
    public async Task A_question_that_cannot_be_understood_is_pointed_at(string body, int status, params string[] pointers)
    {
        var service = await installation.ServiceAsync();
        var before = await Log.CountByCallersAsync(installation);
        (await service.PostAsync("/v1/almena/decisions", installation.Token(Roles.System), ServiceProcess.Json(body))).Problem(status, pointers);
        Assert.Equal(before, await Log.CountByCallersAsync(installation));
    }

    private async Task<Answer> PostAsync(string body, string path = "/v1/almena/consents") =>
        await (await installation.ServiceAsync()).PostAsync(path, installation.Token(Roles.System), ServiceProcess.Json(body));

    private async Task<string> TokenAsync(string role, string controller = "*")
    {
        await installation.ServiceAsync();
        return installation.Token(role, controller);
    }
}

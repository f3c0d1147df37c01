using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;

namespace Integritet.SystemTests;

/// <summary>Input that must be refused with a problem that says where it is wrong, and of which nothing is stored.</summary>
public sealed class BadInputTests(Installation installation)
{
    private const string Consents = "/v1/almena/consents";

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    // MARK stands for a person of the test's own, of whom nothing may be stored.
    public static TheoryData<string, string, int, string?> Bodies => new()
    {
        { "malformed JSON", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing" """, 400, null },
        { "an unknown member", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"},"colour":"red"}""", 400, "/colour" },
        { "an unknown member within", """{"subject":{"type":"email","value":"MARK","colour":"red"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400, "/subject/colour" },
        { "a member twice", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing"],"method":"web-form","method":"phone","language":"sv","evidence":{"reference":"r"}}""", 400, "/method" },
        { "a wrong type", """{"subject":{"type":"email","value":"MARK"},"purposes":"own-marketing","method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 400, "/purposes" },
        { "a number for a text", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing"],"method":"web-form","language":7,"evidence":{"reference":"r"}}""", 400, "/language" },
        { "U+0000", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing"],"method":"web-form","language":"sv","evidence":{"reference":"a\u0000b"}}""", 422, "/evidence/reference" },
        { "an unknown purpose", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing","nonsense"],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 422, "/purposes/1" },
        { "an unknown method", """{"subject":{"type":"email","value":"MARK"},"purposes":["own-marketing"],"method":"telepathy","language":"sv","evidence":{"reference":"r"}}""", 422, "/method" },
        { "no purpose", """{"subject":{"type":"email","value":"MARK"},"purposes":[],"method":"web-form","language":"sv","evidence":{"reference":"r"}}""", 422, "/purposes" },
        { "nothing", "", 400, null },
        { "an array", "[]", 400, null },
    };

    [Theory]
    [MemberData(nameof(Bodies))]
    public async Task A_bad_body_is_a_problem_with_a_pointer_and_stores_nothing(string what, string body, int status, string? pointer)
    {
        _ = what;
        var email = Calls.SomeEmail();
        using var content = Calls.Json(body.Replace("MARK", email, StringComparison.Ordinal));
        var problem = await RefusedAsync(content, (HttpStatusCode)status);
        if (pointer is not null)
            Assert.Contains(pointer, Pointers(problem));
        await NothingIsStoredOfAsync(email);
    }

    [Fact]
    public async Task An_over_long_value_is_refused_where_it_is()
    {
        var email = Calls.SomeEmail();
        var problem = await installation.As("system").PostAsync(Consents, Calls.Consent(email, "own-marketing", new string('x', 100_000)), HttpStatusCode.UnprocessableEntity);
        Assert.Contains("/evidence/reference", Pointers(problem));
        await NothingIsStoredOfAsync(email);
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF_8_are_malformed()
    {
        var email = Calls.SomeEmail();
        var bytes = Encoding.Latin1.GetBytes(Calls.Consent(email, "own-marketing", "REFERENCE").ToJsonString().Replace("REFERENCE", "\u00e5", StringComparison.Ordinal));
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        await RefusedAsync(content, HttpStatusCode.BadRequest);
        await NothingIsStoredOfAsync(email);
    }

    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        // The server cuts the connection of a body that it does not read to its end, so it is no use to anyone else.
        using var request = new HttpRequestMessage(HttpMethod.Post, Consents) { Content = Calls.Json($$"""{"padding":"{{new string('x', 2_000_000)}}"}""") };
        request.Headers.ConnectionClose = true;
        // Refused before it is sent; otherwise the answer races the cut connection.
        request.Headers.ExpectContinue = true;
        using var response = await installation.As("system").SendAsync(request, Cancel);
        await ProblemAsync(response, HttpStatusCode.RequestEntityTooLarge);
    }

    [Fact]
    public async Task Another_media_type_is_415()
    {
        using var content = new StringContent("<consent/>", Encoding.UTF8, "text/xml");
        await RefusedAsync(content, HttpStatusCode.UnsupportedMediaType);
    }

    [Fact]
    public async Task An_unknown_controller_is_refused()
    {
        var problem = await installation.As("system").PostAsync("/v1/nosuch/consents", Calls.Consent(Calls.SomeEmail(), "own-marketing"), HttpStatusCode.Forbidden);
        Assert.Equal("urn:integritet:problem:forbidden", problem.Text("type"));
    }

    [Fact]
    public async Task Another_controllers_id_is_not_found()
    {
        var email = Calls.SomeEmail();
        var consent = await installation.As("system").PostAsync(Consents, Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        await installation.As("system").GetAsync($"/v1/netip/consents/{consent.Text("consentId")}", HttpStatusCode.NotFound);
        await installation.As("system").PostAsync($"/v1/netip/consents/{consent.Text("consentId")}/withdrawal", new JsonObject { ["method"] = "web-form" }, HttpStatusCode.NotFound);
        Assert.Equal("permit", (await installation.As("system").PostAsync("/v1/almena/decisions", Calls.MayUse(email, "own-marketing"))).Text("outcome"));
    }

    [Fact]
    public async Task An_idempotency_key_answers_a_repeat_and_refuses_another_payload()
    {
        var email = Calls.SomeEmail();
        var key = Guid.CreateVersion7().ToString();
        var first = await PostWithKeyAsync(key, Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        var second = await PostWithKeyAsync(key, Calls.Consent(email, "own-marketing"), HttpStatusCode.Created);
        Assert.Equal(first.Text("consentId"), second.Text("consentId"));

        var other = Calls.SomeEmail();
        await PostWithKeyAsync(key, Calls.Consent(other, "own-marketing"), HttpStatusCode.UnprocessableEntity);
        await NothingIsStoredOfAsync(other);
    }

    [Fact]
    public async Task Nobody_gets_in_without_a_credential()
    {
        using var content = JsonContent.Create(Calls.Consent(Calls.SomeEmail(), "own-marketing"));
        using var response = await installation.As("nobody").PostAsync(new Uri(Consents, UriKind.Relative), content, Cancel);
        await ProblemAsync(response, HttpStatusCode.Unauthorized);
    }

    [Fact]
    public async Task A_credential_of_another_role_is_refused() =>
        await installation.As("auditor").PostAsync(Consents, Calls.Consent(Calls.SomeEmail(), "own-marketing"), HttpStatusCode.Forbidden);

    private async Task<JsonNode> PostWithKeyAsync(string key, JsonNode body, HttpStatusCode expected)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, Consents) { Content = JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", $"\"{key}\"");
        using var response = await installation.As("system").SendAsync(request, Cancel);
        return await Calls.ReadAsync(response, expected);
    }

    private async Task<JsonNode> RefusedAsync(HttpContent content, HttpStatusCode expected)
    {
        using var response = await installation.As("system").PostAsync(new Uri(Consents, UriKind.Relative), content, Cancel);
        return await ProblemAsync(response, expected);
    }

    private static async Task<JsonNode> ProblemAsync(HttpResponseMessage response, HttpStatusCode expected)
    {
        var problem = await Calls.ReadAsync(response, expected);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        Assert.Equal((int)expected, problem["status"]!.GetValue<int>());
        Assert.StartsWith("urn:integritet:problem:", problem.Text("type"), StringComparison.Ordinal);
        Assert.False(string.IsNullOrEmpty(problem.Text("title")));
        Assert.False(string.IsNullOrEmpty(problem.Text("traceId")));
        return problem;
    }

    private static IEnumerable<string> Pointers(JsonNode problem) => problem["errors"]!.AsArray().Select(error => error!.Text("pointer"));

    private async Task NothingIsStoredOfAsync(string email)
    {
        var found = await installation.As("system").PostAsync($"{Consents}/search", new JsonObject { ["subject"] = Calls.Subject(email) });
        Assert.Empty(found["items"]!.AsArray());
    }
}

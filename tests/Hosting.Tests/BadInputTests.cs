using System.Net.Http.Headers;
using System.Text;

namespace Integritet.Hosting.Tests;

public sealed class BadInputTests(SharedNoteService shared) : IClassFixture<SharedNoteService>
{
    private const string Echo = "/v1/almena/echo";
    private readonly NoteService _service = shared.Service;

    [Fact]
    public async Task A_good_body_is_taken_whole()
    {
        var answer = await _service.PostAsync(Echo, """{"text":"å","number":7,"yes":true,"at":"2026-11-02T10:00:00+02:00","kind":"web-form","inner":{"name":"n"},"items":["a","b"]}""");

        Assert.Equal(200, answer.Status);
        Assert.Equal("2026-11-02T08:00:00Z", (string)answer.Json["at"]!);
        Assert.Equal("web-form", (string)answer.Json["kind"]!);
        Assert.Null(answer.Json["optional"]);
    }

    [Theory]
    [InlineData("""{"text":"a",}""", "/text")]
    [InlineData("""{"text":"a","inner":{"name":"n" "more":[]}}""", "/inner/name")]
    [InlineData("""{"text":"a"} trailing""", "")]
    [InlineData("""{"text":"half a pair \ud800"}""", "/text")]
    [InlineData("", "")]
    [InlineData("""{"text":"a","text":"b"}""", "/text")]
    [InlineData("""{"text":"a","inner":{"name":"n","name":"m"}}""", "/inner/name")]
    [InlineData("""{"text":"a","unknown":1}""", "/unknown")]
    [InlineData("""{"text":"a","inner":{"name":"n","un/kn~own":1}}""", "/inner/un~1kn~0own")]
    [InlineData("""{"text":"a","Number":1}""", "/Number")]
    [InlineData("""{"text":1}""", "/text")]
    [InlineData("""{"text":null}""", "/text")]
    [InlineData("""{"text":"a","number":"7"}""", "/number")]
    [InlineData("""{"text":"a","number":7.5}""", "/number")]
    [InlineData("""{"text":"a","number":99999999999}""", "/number")]
    [InlineData("""{"text":"a","yes":"true"}""", "/yes")]
    [InlineData("""{"text":"a","kind":"letter"}""", "/kind")]
    [InlineData("""{"text":"a","kind":0}""", "/kind")]
    [InlineData("""{"text":"a","at":"2026-11-02T10:00:00"}""", "/at")]
    [InlineData("""{"text":"a","at":"yesterday"}""", "/at")]
    [InlineData("""{"text":"a","at":1793527200}""", "/at")]
    [InlineData("""{"text":"a","items":["b",2]}""", "/items/1")]
    [InlineData("""{"text":"a","items":["b",null]}""", "/items/1")]
    [InlineData("""{"text":"a","inner":{"name":"n","more":[{"name":"o"},{"name":5}]}}""", "/inner/more/1/name")]
    [InlineData("""{"number":1}""", "/text")]
    [InlineData("""{"text":"a","inner":{}}""", "/inner/name")]
    [InlineData("""["text"]""", "")]
    [InlineData("null", "")]
    [InlineData("\"text\"", "")]
    public async Task A_body_that_is_not_what_the_call_takes_is_400_and_says_where(string json, string pointer)
    {
        var answer = (await _service.PostAsync(Echo, json)).AssertProblem(400, "malformed");

        Assert.Equal(pointer, Assert.Single(answer.Pointers));
        Assert.DoesNotContain("System.", answer.Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Integritet.", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nesting_without_end_is_400() =>
        (await _service.PostAsync(Echo, string.Concat(Enumerable.Repeat("""{"text":""", 5000)))).AssertProblem(400, "malformed");

    [Fact]
    public async Task Text_that_is_not_utf8_is_400()
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Echo) { Content = new ByteArrayContent([.. """{"text":" """u8, 0xE5, .. "\"}"u8]) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");

        (await _service.SendAsync(request, NoteService.System)).AssertProblem(400, "malformed");
    }

    [Fact]
    public async Task Over_long_members_and_U0000_are_422_and_all_named()
    {
        var longest = new string('å', 1024);
        Assert.Equal(200, (await _service.PostAsync(Echo, $$"""{"text":"{{longest}}"}""")).Status);

        var answer = (await _service.PostAsync(Echo, $$"""{"text":"{{longest}}å","inner":{"name":"nul \u0000"},"items":["ok","{{longest}}+"]}""")).AssertProblem(422, "unprocessable");

        Assert.Equal(["/text", "/inner/name", "/items/1"], answer.Pointers);
    }

    [Fact]
    public async Task Over_long_arrays_are_422_at_the_array()
    {
        Assert.Equal(200, (await _service.PostAsync(Echo, Items(1000))).Status);

        Assert.Equal(["/items"], (await _service.PostAsync(Echo, Items(1001))).AssertProblem(422, "unprocessable").Pointers);

        static string Items(int count) => $$"""{"text":"a","items":[{{string.Join(',', Enumerable.Repeat("\"i\"", count))}}]}""";
    }

    [Fact]
    public async Task What_is_malformed_and_too_long_is_malformed() =>
        (await _service.PostAsync(Echo, $$"""{"text":"{{new string('a', 2000)}}","unknown":1}""")).AssertProblem(400, "malformed");

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_body_over_one_mebibyte_is_413(bool chunked)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Echo) { Content = new StringContent($$"""{"text":"{{new string('a', 1024 * 1024)}}"}""", Encoding.UTF8, "application/json") };
        request.Headers.TransferEncodingChunked = chunked;
        // A body over the limit is refused before it is sent; otherwise the answer races the cut connection.
        request.Headers.ExpectContinue = true;

        var answer = (await _service.SendAsync(request, NoteService.System)).AssertProblem(413, "too-large");

        Assert.True(answer.Headers.ConnectionClose);
    }

    [Theory]
    [InlineData("text/plain")]
    [InlineData("application/xml")]
    [InlineData("application/json; charset=iso-8859-1")]
    [InlineData(null)]
    public async Task Another_media_type_is_415(string? type)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, Echo) { Content = new ByteArrayContent("""{"text":"a"}"""u8.ToArray()) };
        request.Content.Headers.ContentType = type is null ? null : MediaTypeHeaderValue.Parse(type);

        (await _service.SendAsync(request, NoteService.System)).AssertProblem(415, "unsupported-media-type");
    }

    [Fact]
    public async Task A_path_nobody_serves_is_404_and_a_method_nobody_serves_is_405()
    {
        (await _service.GetAsync("/v1/almena/nothing")).AssertProblem(404, "not-found");
        (await _service.SendAsync(new HttpRequestMessage(HttpMethod.Delete, Echo), NoteService.System)).AssertProblem(405, "method-not-allowed");
    }

    [Fact]
    public async Task A_bug_is_500_without_detail_and_logged_with_the_trace_id()
    {
        var answer = (await _service.GetAsync("/v1/almena/broken")).AssertProblem(500, "unexpected");

        Assert.DoesNotContain("secret.person", answer.Text, StringComparison.Ordinal);
        Assert.Contains((string)answer.Json["traceId"]!, _service.Log.Text, StringComparison.Ordinal);
        Assert.Contains("InvalidOperationException", _service.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_of_bad_input_is_stored_or_logged()
    {
        await _service.PostAsync("/v1/almena/notes", """{"text":"secret.member@mail.example","unknown":"secret.member@mail.example"}""");
        await _service.PostAsync("/v1/almena/notes", """{"text":"secret.member@mail.example \u0000"}""");

        Assert.Equal(0, await _service.Store.HeadAsync(TestContext.Current.CancellationToken));
        Assert.DoesNotContain("secret.member", _service.Log.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Every_answer_carries_the_security_headers()
    {
        foreach (var answer in new[] { await _service.PostAsync(Echo, """{"text":"a"}"""), await _service.PostAsync(Echo, "{"), await _service.GetAsync("/health/live") })
        {
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.True(answer.Headers.CacheControl!.NoStore);
            Assert.False(answer.Headers.Contains("Server"));
        }
    }
}

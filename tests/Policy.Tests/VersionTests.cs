using System.Globalization;
using System.Net.Http.Headers;
using System.Text;

namespace Integritet.Policy.Tests;

/// <summary>Drafts, publication and reading over HTTP, on real servers.</summary>
public sealed class VersionTests(SharedPolicy shared) : IClassFixture<SharedPolicy>
{
    private static int _controllers;

    private readonly string _controller = string.Create(CultureInfo.InvariantCulture, $"small-{Interlocked.Increment(ref _controllers)}");
    private readonly Installation _installation = shared.Installation;

    private Replica Policy => shared.Replica.For(_controller);

    [Fact]
    public async Task A_draft_is_numbered_hashed_and_read_back_as_it_was_handed_in()
    {
        var drafted = (await Policy.DraftAsync(Small())).Expect(201);

        Assert.Equal(1, (int)drafted.Json["version"]!);
        Assert.Equal("draft", (string)drafted.Json["status"]!);
        Assert.Matches("^[0-9a-f]{64}$", (string)drafted.Json["hash"]!);
        Assert.Equal($"/v1/{_controller}/policies/1", drafted.Headers.Location!.ToString());
        Assert.Equal(Small(), (await Policy.GetAsync($"/v1/{_controller}/policies/1", accept: "application/yaml")).Expect(200).Text);
        Assert.Equal((string)drafted.Json["hash"]!, (string)(await Policy.GetAsync($"/v1/{_controller}/policies/1", accept: "application/json")).Expect(200).Json["hash"]!);
    }

    [Fact]
    public async Task A_faulty_draft_is_told_line_by_line_and_nothing_is_stored()
    {
        var faulty = Small().Replace("categories: email, sources: order", "categories: emial, sources: oder", StringComparison.Ordinal);

        var refused = (await Policy.DraftAsync(faulty)).ExpectProblem(422);

        var errors = refused.Json["errors"]!.AsArray();
        Assert.Equal(["/collect/allow/0/categories/0", "/collect/allow/0/sources/0"], errors.Select(e => (string)e!["pointer"]!));
        Assert.Equal("line 22, column 34: unknown category 'emial', did you mean 'email'?", (string)errors[0]!["detail"]!);
        Assert.Empty((await Policy.GetAsync($"/v1/{_controller}/policies")).Expect(200).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("a: [", "application/yaml", 422)]
    [InlineData("{\"a\": ", "application/json", 400)]
    [InlineData("a: 1", "application/json", 400)]
    [InlineData("a: 1", "text/plain", 415)]
    [InlineData("a: &x [*x]", "application/yaml", 422)]
    [InlineData("", "application/yaml", 422)]
    public async Task What_is_no_policy_is_a_problem(string body, string mediaType, int status)
    {
        (await Policy.DraftAsync(body, mediaType)).ExpectProblem(status);
        Assert.Empty((await Policy.GetAsync($"/v1/{_controller}/policies")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task Bytes_that_are_no_UTF8_are_malformed()
    {
        using var content = new ByteArrayContent([(byte)'a', (byte)':', 0xC3, 0x28]);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/yaml");
        (await Policy.SendAsync(HttpMethod.Post, $"/v1/{_controller}/policies", "officer", content)).ExpectProblem(400);
    }

    [Theory]
    [InlineData((1024 * 1024) + 1)]
    [InlineData(10_000_000)]
    public async Task A_document_over_a_mebibyte_is_too_large(int bytes)
    {
        (await Policy.DraftAsync(new string('#', bytes))).ExpectProblem(413);
        Assert.Empty((await Policy.GetAsync($"/v1/{_controller}/policies")).Json["items"]!.AsArray());
    }

    [Theory]
    [InlineData("sources: {order: {en: order}}", "sources: &a {order: &b [*a, *a]}", "line 18, column 10: anchors are not part of the policy language: say it again, or name a group", "")]
    [InlineData("sources: {order: {en: order}}", "sources: *order", "line 18, column 10: aliases are not part of the policy language", "")]
    [InlineData("sources: {order: {en: order}}", "sources: {order: {en: order}, order: {en: order}}", "line 18, column 31: 'order' is said twice here", "")]
    [InlineData("sources: {order: {en: order}}", "sources:\n\torder: {en: order}", "line 19, column 1: indent with spaces, not tabs", "")]
    [InlineData("notice-period: P0D", "notice-period: P-30D", "line 10, column 18: 'P-30D' is no ISO 8601 period such as P28D, P1M or P7Y", "/publication/notice-period")]
    [InlineData("notice-period: P0D", "notice-period: P99999999999Y", "line 10, column 18: 'P99999999999Y' is no ISO 8601 period such as P28D, P1M or P7Y", "/publication/notice-period")]
    [InlineData("review: P1Y", "review: P101Y", "line 30, column 72: longer than a hundred years", "/store/keep/0/review")]
    [InlineData("country: SE", "country: XX", "line 5, column 12: unknown country 'XX'", "/controller/country")]
    [InlineData("zone: Europe/Stockholm", "zone: Europe/Atlantis", "line 6, column 9: unknown time zone 'Europe/Atlantis'", "/controller/zone")]
    [InlineData("collect:", "disclose: {otherwise: TT-1, allow: [{clause: TT-1, recipients: court, needs: [instrument: {jurisdictions: [SW]}]}]}\ncollect:", "line 19, column 108: unknown country 'SW'", "/disclose/allow/0/needs/0/instrument/jurisdictions/0")]
    public async Task What_is_wrong_with_a_policy_is_told_with_its_place_and_nothing_is_stored(string sound, string faulty, string detail, string pointer)
    {
        var text = Small().Replace(sound, faulty, StringComparison.Ordinal);
        Assert.NotEqual(Small(), text);
        var error = (await Policy.DraftAsync(text)).ExpectProblem(422).Json["errors"]![0]!;
        Assert.StartsWith(detail, (string)error["detail"]!, StringComparison.Ordinal);
        Assert.Equal(pointer, (string?)error["pointer"]);
        Assert.Empty((await Policy.GetAsync($"/v1/{_controller}/policies")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_bomb_of_aliases_is_refused_before_it_goes_off()
    {
        var bomb = string.Concat(Enumerable.Range(1, 40).Select(i => string.Create(CultureInfo.InvariantCulture, $"l{i}: &l{i} [*l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}, *l{i - 1}]\n")));
        var error = (await Policy.DraftAsync("l0: &l0 [lol]\n" + bomb)).ExpectProblem(422).Json["errors"]![0]!;
        Assert.StartsWith("line 1, column 5: anchors are not part of the policy language", (string)error["detail"]!, StringComparison.Ordinal);
        Assert.Empty((await Policy.GetAsync($"/v1/{_controller}/policies")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task The_same_policy_in_JSON_has_the_same_hash()
    {
        var yaml = await Policy.DraftAsync(Small());
        var canonical = ((Platform.PolicyEngine.PolicyParseResult.Parsed)Platform.PolicyEngine.PolicyParser.Parse(Encoding.UTF8.GetBytes(Small()))).Document.CanonicalBytes;
        var json = (await Policy.DraftAsync(Encoding.UTF8.GetString(canonical.Span), "application/json")).Expect(201);
        Assert.Equal((string)yaml.Json["hash"]!, (string)json.Json["hash"]!);
    }

    [Fact]
    public async Task Another_controllers_policy_is_not_taken() =>
        Assert.Equal("/controller/id", (string)(await Policy.DraftAsync(Documents.Small(controller: "other"))).ExpectProblem(422).Json["errors"]![0]!["pointer"]!);

    [Fact]
    public async Task A_controller_that_is_not_the_callers_is_forbidden_whether_it_exists_or_not() => (await Policy.DraftAsync(Small(), @in: "other")).ExpectProblem(403);

    [Theory]
    [InlineData("system", 403)]
    [InlineData("auditor", 403)]
    [InlineData("operator", 403)]
    [InlineData(null, 401)]
    public async Task Only_an_officer_hands_in_a_draft(string? role, int status)
    {
        using var content = new StringContent(Small(), Encoding.UTF8, "application/yaml");
        (await Policy.SendAsync(HttpMethod.Post, $"/v1/{_controller}/policies", role, content)).ExpectProblem(status);
    }

    [Fact]
    public async Task Twenty_drafts_at_once_get_twenty_numbers()
    {
        var drafted = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Policy.DraftAsync(Small(label: $"support {i}"))));
        Assert.Equal(Enumerable.Range(1, 20), drafted.Select(d => (int)d.Expect(201).Json["version"]!).Order());
    }

    [Fact]
    public async Task A_draft_sent_again_under_its_key_is_one_draft()
    {
        var answers = new List<Answer>();
        for (var i = 0; i < 2; i++)
        {
            using var content = new StringContent(Small(), Encoding.UTF8, "application/yaml");
            answers.Add(await Policy.SendAsync(HttpMethod.Post, $"/v1/{_controller}/policies", "officer", content, idempotencyKey: "once"));
        }
        Assert.All(answers, answer => Assert.Equal(1, (int)answer.Expect(201).Json["version"]!));
        Assert.Single((await Policy.GetAsync($"/v1/{_controller}/policies")).Json["items"]!.AsArray());
    }

    [Fact]
    public async Task A_draft_is_replaced_only_by_who_has_read_it()
    {
        var etag = (await Policy.DraftAsync(Small())).ETag;
        var other = Small(label: "help");

        (await Policy.ReplaceAsync(1, other, ifMatch: null)).ExpectProblem(428);
        (await Policy.ReplaceAsync(1, other, ifMatch: "\"99\"")).ExpectProblem(412);
        (await Policy.ReplaceAsync(1, other, etag)).Expect(200);
        (await Policy.ReplaceAsync(1, Small(label: "lost"), etag)).ExpectProblem(412);
        Assert.Equal(other, (await Policy.GetAsync($"/v1/{_controller}/policies/1", accept: "application/yaml")).Text);
    }

    [Fact]
    public async Task Two_who_replace_one_draft_at_once_do_not_both_win()
    {
        var etag = (await Policy.DraftAsync(Small())).ETag;
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Policy.ReplaceAsync(1, Small(label: $"help {i}"), etag)));
        Assert.Equal([200, .. Enumerable.Repeat(412, 9)], answers.Select(a => a.Status).Order());
    }

    [Fact]
    public async Task The_first_version_is_in_force_at_once()
    {
        await Policy.DraftAsync(Small(notice: "P30D"));
        (await Policy.GetAsync($"/v1/{_controller}/policies/in-force")).ExpectProblem(404);

        var published = (await Policy.PublishAsync(1)).Expect(200);

        Assert.Equal("published", (string)published.Json["status"]!);
        Assert.Equal((string)published.Json["publishedAt"]!, (string)published.Json["effectiveFrom"]!);
        Assert.Equal("in-force", (string)(await Policy.GetAsync($"/v1/{_controller}/policies/in-force")).Expect(200).Json["status"]!);
    }

    [Fact]
    public async Task A_later_version_decides_nothing_before_its_notice_period_has_passed()
    {
        var before = In(TimeSpan.FromMinutes(1));
        await PublishedAsync(Small(notice: "P30D"));
        await PublishedAsync(Small(notice: "P30D", label: "help"));

        Assert.Equal(1, await InForceAsync());
        Assert.Equal("published", (string)(await Policy.GetAsync($"/v1/{_controller}/policies/2")).Json["status"]!);
        _installation.Clock.Advance(TimeSpan.FromDays(30) - TimeSpan.FromHours(1) - TimeSpan.FromMinutes(1));
        Assert.Equal(1, await InForceAsync());
        // Thirty calendar days at the same local time: the clocks went forward meanwhile.
        _installation.Clock.Advance(TimeSpan.FromMinutes(2));
        Assert.Equal(2, await InForceAsync());
        Assert.Equal("superseded", (string)(await Policy.GetAsync($"/v1/{_controller}/policies/1")).Json["status"]!);
        Assert.Equal(1, (int)(await Policy.GetAsync($"/v1/{_controller}/policies/in-force?at={before}")).Expect(200).Json["version"]!);
    }

    [Fact]
    public async Task A_version_cannot_take_effect_before_its_publication()
    {
        await PublishedAsync(Small());
        await Policy.DraftAsync(Small(label: "help"));

        var refused = (await Policy.PublishAsync(2, Effective(In(TimeSpan.FromDays(-1))))).ExpectProblem(422);

        Assert.Equal(("/effectiveFrom", "not-published"), ((string)refused.Json["errors"]![0]!["pointer"]!, (string)refused.Json["errors"]![0]!["code"]!));
        (await Policy.PublishAsync(2, Effective(In(TimeSpan.Zero)))).Expect(200);
    }

    [Theory]
    [InlineData("""{"effectiveFrom":"2026-02-30T12:00:00Z"}""", 400)]
    [InlineData("""{"effectiveFrom":"2026-04-01T12:00:00"}""", 400)]
    [InlineData("""{"effectiveFrom":"2099-01-01T12:00:00Z"}""", 422)]
    [InlineData("""{"from":"2026-04-01T12:00:00Z"}""", 400)]
    public async Task A_time_of_effect_that_is_none_is_a_problem(string body, int status)
    {
        await Policy.DraftAsync(Small());
        var error = (await Policy.PublishAsync(1, body)).ExpectProblem(status).Json["errors"]![0]!;
        Assert.Equal(body.Contains("effectiveFrom", StringComparison.Ordinal) ? "/effectiveFrom" : "/from", (string?)error["pointer"]);
        Assert.Equal("draft", (string)(await Policy.GetAsync($"/v1/{_controller}/policies/1")).Json["status"]!);
    }

    [Fact]
    public async Task A_body_sent_in_chunks_is_read_all_the_same()
    {
        (await Policy.DraftAsync(Small())).Expect(201);
        using var chunked = new StringContent("""{"effectiveFrom":"2020-01-01T00:00:00Z"}""", Encoding.UTF8, "application/json");
        (await Policy.SendAsync(HttpMethod.Post, $"/v1/{_controller}/policies/1/publication", "officer", new Chunked(chunked))).ExpectProblem(422);
    }

    /// <summary>A body whose length nobody knows beforehand.</summary>
    private sealed class Chunked : HttpContent
    {
        private readonly HttpContent _inner;

        public Chunked(HttpContent inner)
        {
            _inner = inner;
            Headers.ContentType = inner.Headers.ContentType;
        }

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) => _inner.CopyToAsync(stream, context);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }

    [Fact]
    public async Task A_policy_whose_example_fails_is_not_published()
    {
        await Policy.DraftAsync(Small(expect: "refuse"));

        var refused = (await Policy.PublishAsync(1)).ExpectProblem(422);

        Assert.Equal("/examples/0", (string)refused.Json["errors"]![0]!["pointer"]!);
        Assert.Contains("\"E-mail serves support.\": expected refuse, got permit", (string)refused.Json["errors"]![0]!["detail"]!, StringComparison.Ordinal);
        Assert.Equal("draft", (string)(await Policy.GetAsync($"/v1/{_controller}/policies/1")).Json["status"]!);
    }

    [Fact]
    public async Task Publishing_twice_publishes_once()
    {
        await Policy.DraftAsync(Small());
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Policy.PublishAsync(1)));
        Assert.Single(answers.Select(a => (string)a.Expect(200).Json["publishedAt"]!).Distinct(StringComparer.Ordinal));
        (await Policy.PublishAsync(1, Effective(In(TimeSpan.FromDays(90))))).ExpectProblem(409);
    }

    [Fact]
    public async Task A_published_version_never_changes()
    {
        await PublishedAsync(Small());
        var etag = (await Policy.GetAsync($"/v1/{_controller}/policies/1")).ETag;
        (await Policy.ReplaceAsync(1, Small(label: "help"), etag)).ExpectProblem(409);
    }

    [Fact]
    public async Task An_older_draft_is_not_published_over_a_newer_version()
    {
        await Policy.DraftAsync(Small());
        await PublishedAsync(Small(label: "help"));
        (await Policy.PublishAsync(1)).ExpectProblem(409);
    }

    [Fact]
    public async Task What_is_not_there_is_not_found()
    {
        (await Policy.GetAsync($"/v1/{_controller}/policies/1")).ExpectProblem(404);
        (await Policy.PublishAsync(1)).ExpectProblem(404);
        (await Policy.ReplaceAsync(1, Small(), "\"1\"")).ExpectProblem(412);
        (await Policy.GetAsync($"/v1/{_controller}/policies/in-force?at=yesterday")).ExpectProblem(400);
        (await Policy.GetAsync($"/v1/{_controller}/policies?limit=0")).ExpectProblem(400);
    }

    [Fact]
    public async Task Versions_are_listed_page_by_page()
    {
        for (var i = 0; i < 3; i++)
            await Policy.DraftAsync(Small(label: $"support {i}"));
        var first = (await Policy.GetAsync($"/v1/{_controller}/policies?limit=2")).Expect(200).Json;
        Assert.Equal([1, 2], first["items"]!.AsArray().Select(v => (int)v!["version"]!));
        var second = (await Policy.GetAsync($"/v1/{_controller}/policies?limit=2&after={first["next"]}")).Expect(200).Json;
        Assert.Equal([3], second["items"]!.AsArray().Select(v => (int)v!["version"]!));
        Assert.Null(second["next"]);
    }

    [Fact]
    public async Task Draft_and_publication_tell_whose_consent_must_be_asked_for_again()
    {
        var first = (await Policy.DraftAsync(WithNews())).Expect(201).Json;
        Assert.Null(first["askAgain"]);
        (await Policy.PublishAsync(1)).Expect(200);

        var drafted = (await Policy.DraftAsync(WithNews(categories: "[email, name]"))).Expect(201).Json;
        var published = (await Policy.PublishAsync(2)).Expect(200).Json;
        var read = (await Policy.GetAsync($"/v1/{_controller}/policies/2")).Expect(200).Json;

        const string expected = """[{"purpose":"news","because":[{"kind":"categories","detail":"It opens further categories of data: name."}]}]""";
        Assert.All([drafted, published, read], answer => Assert.Equal(expected, answer["askAgain"]!.ToJsonString()));
    }

    [Fact]
    public async Task A_version_that_narrows_asks_nobody_again()
    {
        (await Policy.DraftAsync(WithNews(categories: "[email, name]"))).Expect(201);
        (await Policy.PublishAsync(1)).Expect(200);
        Assert.Empty((await Policy.DraftAsync(WithNews())).Expect(201).Json["askAgain"]!.AsArray());
    }

    private string WithNews(string categories = "email") => Small()
        .Replace("email: {label: {en: e-mail}}", "email: {label: {en: e-mail}}\n  name: {label: {en: name}}", StringComparison.Ordinal)
        .Replace("label: {en: support}}", "label: {en: support}}\n  news: {basis: consent, label: {en: news}}", StringComparison.Ordinal)
        .Replace("purposes: support}", "purposes: support}\n    - {clause: TT-1, categories: " + categories + ", purposes: news, needs: [consent]}", StringComparison.Ordinal);

    [Fact]
    public async Task The_notice_of_a_published_version_is_public()
    {
        await PublishedAsync(Small());
        var html = (await Policy.SendAsync(HttpMethod.Get, $"/v1/{_controller}/policies/1/notice", role: null)).Expect(200);
        Assert.Equal("text/html", html.MediaType);
        Assert.Contains("E-mail serves support, and nothing else.", html.Text, StringComparison.Ordinal);
        Assert.Equal(Notice.HtmlNotice.ContentSecurityPolicy, Assert.Single(html.Headers.GetValues("Content-Security-Policy")));
        var markdown = (await Policy.SendAsync(HttpMethod.Get, $"/v1/{_controller}/policies/in-force/notice?lang=en", role: null, accept: "text/markdown")).Expect(200);
        Assert.StartsWith("# How Small treats personal data", markdown.Text, StringComparison.Ordinal);
        (await Policy.SendAsync(HttpMethod.Get, $"/v1/{_controller}/policies/1/notice?lang=fr", role: null)).ExpectProblem(400);
    }

    [Fact]
    public async Task The_notice_of_a_draft_is_nobodys_business()
    {
        await Policy.DraftAsync(Small());
        (await Policy.SendAsync(HttpMethod.Get, $"/v1/{_controller}/policies/1/notice", "officer")).ExpectProblem(404);
    }

    private string Small(string notice = "P0D", string label = "support", string expect = "permit") => Documents.Small(notice, label, expect, _controller);

    private string In(TimeSpan time) => (_installation.Clock.GetUtcNow() + time).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private async Task<int> InForceAsync() => (int)(await Policy.GetAsync($"/v1/{_controller}/policies/in-force")).Expect(200).Json["version"]!;

    private static string Effective(string from) => $$"""{"effectiveFrom":"{{from}}"}""";

    private async Task PublishedAsync(string document)
    {
        var version = (int)(await Policy.DraftAsync(document)).Expect(201).Json["version"]!;
        (await Policy.PublishAsync(version)).Expect(200);
    }
}

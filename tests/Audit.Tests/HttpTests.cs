using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Audit.Ledger;
using Integritet.Servers;
using Npgsql;

namespace Integritet.Audit.Tests;

/// <summary>Audit as a process, on a ledger that was filled beforehand.</summary>
public sealed class FilledAudit(Servers servers) : IAsyncLifetime
{
    public const string Anna = "Anna@Example.se";

    internal Installation Installation { get; private set; } = null!;
    internal ServiceProcess Audit { get; private set; } = null!;
    internal Leaf[] Leaves { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        var connection = await servers.Postgres.CreateDatabaseAsync();
        Installation = new Installation(connection, await (await servers.RabbitMqAsync()).CreateVirtualHostAsync());
        Audit = await Installation.StartAsync();
        await using var database = NpgsqlDataSource.Create(connection);
        var writer = new LedgerWriter(database);
        var (anna, bo) = (Installation.PseudonymOf("almena", Anna), Installation.PseudonymOf("almena", "bo@example.se"));
        Leaf Leaf(string service, int position, string type, string[] subjects, string controller = "almena", string actor = "key-1", int at = 0, string data = "{}") =>
            Tests.Leaves.Of(service, position, type: type, subjects: subjects, controller: controller, actor: actor, at: Tests.Leaves.Start.AddMinutes(at), data: data);
        Leaves =
        [
            Leaf("consent", 1, "consent-given.v1", [anna], at: 1, data: """{"purpose":"own-marketing"}"""),
            Leaf("consent", 2, "consent-given.v1", [bo], at: 2),
            Leaf("consent", 3, "consent-given.v1", [Installation.PseudonymOf("netip", Anna)], controller: "netip", at: 3),
            Leaf("consent", 4, "matter-of-two-people.v1", [anna, bo], at: 4),
            Leaf("consent", 5, "consent-given.v1", [Installation.PseudonymOf("joined", "carl@example.se")], controller: "joined", at: 4),
            Leaf("consent", 6, "subjects-linked.v1", [Installation.PseudonymOf("joined", "carl@example.se"), Installation.PseudonymOf("joined", "carl@home.example")], controller: "joined", at: 4),
            Leaf("consent", 7, "consent-withdrawn.v1", [Installation.PseudonymOf("joined", "carl@home.example")], controller: "joined", at: 4),
            Leaf("disclosure", 1, "disclosure-requested.v1", [anna], at: 5),
            Leaf("gateway", 1, "api-call-recorded.v1", [anna], actor: "key-7", at: 6),
            Leaf("gateway", 2, "api-call-recorded.v1", [], actor: "key-8", at: 7),
            Leaf("gateway", 3, "api-key-created.v1", [], controller: "installation", actor: "key-7", at: 8),
        ];
        foreach (var leaf in Leaves)
            await writer.WriteAsync(leaf.Service, [leaf], TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync() => await Installation.DisposeAsync();
}

public sealed class HttpTests(FilledAudit filled) : IClassFixture<FilledAudit>
{
    private string Token(string role, string controller = "almena", string? subject = null) => filled.Installation.Token(role, controller, subject);

    private async Task<JsonNode> GetAsync(string path, string? token = null)
    {
        var answer = await filled.Audit.GetAsync(path, token ?? Token("auditor"));
        return answer.Ok();
    }

    private async Task<(HttpStatusCode Status, JsonNode Body, string? Subjects)> TimelineAsync(string token, string json, string query = "", string controller = "almena")
    {
        var answer = await filled.Audit.PostAsync($"/v1/{controller}/audit/timeline{query}", token, json);
        return (answer.Status, answer.Body!, answer.Subjects);
    }

    private static string Subject(string email) => $$$"""{"subject":{"type":"email","value":"{{{email}}}"}}""";

    private static long[] Indices(JsonNode page) => [.. page["items"]!.AsArray().Select(i => (long)i!["index"]!)];

    private static void AssertIndices(long[] expected, JsonNode page) => Assert.Equal(expected, Indices(page));

    [Fact]
    public async Task An_item_holds_the_leaf_as_it_was_hashed()
    {
        var page = await GetAsync("/v1/almena/audit/events?type=consent-given.v1&limit=1");
        var item = Assert.Single(page["items"]!.AsArray())!.AsObject();
        var hash = (string)item["leafHash"]!;
        Assert.Equal(0, (long)item["index"]!);
        Assert.Equal(("key-1", "k-1", "c-1"), ((string)item["actor"]!, (string)item["correlation"]!, (string)item["causation"]!));
        item.Remove("index");
        item.Remove("leafHash");
        var leaf = JsonSerializer.SerializeToUtf8Bytes(item);
        Assert.Equal(Encoding.UTF8.GetString(filled.Leaves[0].Bytes.Span), Encoding.UTF8.GetString(leaf));
        Assert.Equal(hash, Convert.ToBase64String(SHA256.HashData([0, .. leaf])));
    }

    [Fact]
    public async Task A_log_is_read_page_by_page()
    {
        var seen = new List<long>();
        var path = "/v1/almena/audit/events?limit=2";
        for (var next = ""; next is not null;)
        {
            var page = await GetAsync(path + next);
            seen.AddRange(Indices(page));
            next = (string?)page["next"] is { } cursor ? $"&after={cursor}" : null;
        }
        Assert.Equal([0, 1, 2, 3, 4, 5], seen);
    }

    [Theory]
    [InlineData("service=disclosure", new long[] { 3 })]
    [InlineData("type=api-call-recorded.v1", new long[] { 4, 5 })]
    [InlineData("actor=key-7", new long[] { 4 })]
    [InlineData("stream=s-1&service=consent", new long[] { 0, 1, 2 })]
    [InlineData("from=2026-03-01T12:02:00Z&to=2026-03-01T12:05:00Z", new long[] { 1, 2 })]
    [InlineData("from=2026-03-01T13:06:00%2B01:00", new long[] { 4, 5 })]
    [InlineData("after=3", new long[] { 4, 5 })]
    public async Task Events_are_found_by_what_is_asked(string query, long[] indices) => Assert.Equal(indices, Indices(await GetAsync("/v1/almena/audit/events?" + query)));

    [Fact]
    public async Task The_subjects_of_what_was_shown_are_told_to_the_gateway()
    {
        var subjects = (await filled.Audit.GetAsync("/v1/almena/audit/events?service=consent", Token("auditor"))).Subjects;
        Assert.Equal(
            new[] { filled.Installation.PseudonymOf("almena", FilledAudit.Anna), filled.Installation.PseudonymOf("almena", "bo@example.se") }.Order(StringComparer.Ordinal),
            subjects!.Split(',').Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("serivce=consent", "#query/serivce")]
    [InlineData("from=yesterday", "#query/from")]
    [InlineData("from=2026-03-01T12:00:00", "#query/from")]
    [InlineData("from=2026-03-01", "#query/from")]
    [InlineData("to=", "#query/to")]
    [InlineData("limit=0", "#query/limit")]
    [InlineData("limit=501", "#query/limit")]
    [InlineData("limit=1e2", "#query/limit")]
    [InlineData("after=-1", "#query/after")]
    [InlineData("after=99999999999999999999", "#query/after")]
    [InlineData("service=", "#query/service")]
    [InlineData("service=a&service=b", "#query/service")]
    [InlineData("type=%00", "#query/type")]
    [InlineData("principal=key-7", "#query/principal")]
    public async Task A_query_that_is_not_understood_is_refused_with_its_place(string query, string pointer)
    {
        var (status, problem, _) = await filled.Audit.GetAsync("/v1/almena/audit/events?" + query, Token("auditor"));
        Assert.Equal(HttpStatusCode.BadRequest, status);
        Assert.Equal("urn:integritet:problem:malformed", (string?)problem!["type"]);
        Assert.Equal(pointer, (string)Assert.Single(problem["errors"]!.AsArray())!["pointer"]!);
    }

    [Fact]
    public async Task A_controllers_auditor_sees_that_controller_alone()
    {
        AssertIndices([0], await GetAsync("/v1/netip/audit/events", Token("auditor", "netip")));
        foreach (var path in new[] { "/v1/almena/audit/events", "/v1/almena/audit/access", "/v1/installation/audit/events", "/v1/installation/audit/access" })
            Assert.Equal(HttpStatusCode.Forbidden, (await filled.Audit.GetAsync(path, Token("auditor", "netip"))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await TimelineAsync(Token("auditor", "netip"), Subject(FilledAudit.Anna))).Status);
    }

    [Fact]
    public async Task The_installation_has_a_log_of_its_own()
    {
        var item = Assert.Single((await GetAsync("/v1/installation/audit/events", Token("auditor", "*")))["items"]!.AsArray())!;
        Assert.Equal("api-key-created.v1", (string)item["type"]!);
    }

    [Theory]
    [InlineData("system", "/v1/almena/audit/events")]
    [InlineData("operator", "/v1/almena/audit/events")]
    [InlineData("subject", "/v1/almena/audit/events")]
    [InlineData("officer", "/v1/almena/audit/access")]
    [InlineData("subject", "/v1/almena/audit/access")]
    [InlineData("auditor", "/internal/events")]
    public async Task Other_roles_are_refused(string role, string path) => Assert.Equal(HttpStatusCode.Forbidden, (await filled.Audit.GetAsync(path, Token(role))).Status);

    [Fact]
    public async Task Nobody_gets_in_without_a_token_of_this_installation()
    {
        Assert.Equal(HttpStatusCode.Unauthorized, (await filled.Audit.GetAsync("/v1/almena/audit/events", token: null)).Status);
        await using var other = new Installation("", "");
        Assert.Equal(HttpStatusCode.Unauthorized, (await filled.Audit.GetAsync("/v1/almena/audit/events", other.Token("auditor"))).Status);
    }

    [Fact]
    public async Task An_officer_may_search_events() => Assert.Equal(6, Indices(await GetAsync("/v1/almena/audit/events", Token("officer"))).Length);

    [Fact]
    public async Task A_timeline_tells_everything_about_one_person_across_services()
    {
        var (status, page, subjects) = await TimelineAsync(Token("auditor"), Subject(FilledAudit.Anna));
        Assert.Equal(HttpStatusCode.OK, status);
        AssertIndices([0, 2, 3, 4], page);
        Assert.Equal(["consent", "consent", "disclosure", "gateway"], page["items"]!.AsArray().Select(i => (string)i!["service"]!));
        Assert.Contains(filled.Installation.PseudonymOf("almena", FilledAudit.Anna), subjects, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_spelling_of_an_identifier_is_the_same_person() =>
        AssertIndices([0, 2, 3, 4], (await TimelineAsync(Token("officer"), Subject("  ANNA@EXAMPLE.SE "))).Body);

    [Fact]
    public async Task A_timeline_comes_in_pages_too()
    {
        var first = (await TimelineAsync(Token("auditor"), Subject(FilledAudit.Anna), "?limit=3")).Body;
        AssertIndices([0, 2, 3], first);
        var last = (await TimelineAsync(Token("auditor"), Subject(FilledAudit.Anna), $"?limit=3&after={first["next"]}")).Body;
        AssertIndices([4], last);
        Assert.Null(last["next"]);
    }

    [Fact]
    public async Task A_person_sees_its_own_timeline_without_staff_other_people_and_what_is_not_told_yet()
    {
        var own = Token("subject", subject: filled.Installation.PseudonymOf("almena", FilledAudit.Anna));
        var (status, page, subjects) = await TimelineAsync(own, Subject(FilledAudit.Anna));
        Assert.Equal(HttpStatusCode.OK, status);
        AssertIndices([0, 2], page);
        Assert.Equal(filled.Installation.PseudonymOf("almena", FilledAudit.Anna), subjects);
        var text = page.ToJsonString();
        Assert.DoesNotContain("actor", text, StringComparison.Ordinal);
        Assert.DoesNotContain("ps_", text, StringComparison.Ordinal);
        Assert.Equal("own-marketing", (string)page["items"]![0]!["data"]!["purpose"]!);
        Assert.Null(page["items"]![1]!["data"]);
    }

    [Fact]
    public async Task A_timeline_tells_what_happened_under_every_identifier_of_the_person()
    {
        foreach (var email in new[] { "carl@example.se", "carl@home.example" })
        {
            AssertIndices([0, 1, 2], (await TimelineAsync(Token("auditor", "joined"), Subject(email), controller: "joined")).Body);
            var own = Token("subject", "joined", filled.Installation.PseudonymOf("joined", "carl@home.example"));
            var (status, page, _) = await TimelineAsync(own, Subject(email), controller: "joined");
            Assert.Equal(HttpStatusCode.OK, status);
            AssertIndices([0, 1, 2], page);
            Assert.All(page["items"]!.AsArray(), item => Assert.NotNull(item!["data"]));
        }
        AssertIndices([2], (await TimelineAsync(Token("auditor", "joined"), Subject("carl@example.se"), "?after=1", "joined")).Body);
    }

    [Fact]
    public async Task A_person_does_not_see_anothers_timeline()
    {
        var bo = Token("subject", subject: filled.Installation.PseudonymOf("almena", "bo@example.se"));
        Assert.Equal(HttpStatusCode.Forbidden, (await TimelineAsync(bo, Subject(FilledAudit.Anna))).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await TimelineAsync(Token("subject"), Subject(FilledAudit.Anna))).Status);
    }

    [Theory]
    [InlineData("""{"subject":{"type":"email","value":"a@b.se","more":1}}""", 400)]
    [InlineData("""{"subject":{"type":"email"}}""", 400)]
    [InlineData("""{"subject":null}""", 400)]
    [InlineData("{}", 400)]
    [InlineData("not json", 400)]
    [InlineData("""{"subject":{"type":"email","value":"nobody"}}""", 422)]
    [InlineData("""{"subject":{"type":"shoe-size","value":"43"}}""", 422)]
    [InlineData("""{"subject":{"type":"email","value":"a\u0000@b.se"}}""", 422)]
    public async Task A_subject_that_cannot_be_named_is_refused(string json, int status) => Assert.Equal(status, (int)(await TimelineAsync(Token("auditor"), json)).Status);

    [Fact]
    public async Task Api_calls_are_found_by_who_made_them()
    {
        AssertIndices([4, 5], await GetAsync("/v1/almena/audit/access"));
        AssertIndices([4], await GetAsync("/v1/almena/audit/access?principal=key-7"));
        AssertIndices([5], await GetAsync("/v1/almena/audit/access?from=2026-03-01T12:06:30Z"));
        Assert.Empty(Indices(await GetAsync("/v1/installation/audit/access", Token("auditor", "*"))));
    }

    [Fact]
    public async Task Answers_are_not_kept_by_anybody_on_the_way()
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v1/almena/audit/events");
        request.Headers.Authorization = new("Bearer", Token("auditor"));
        using var response = await filled.Audit.Http.SendAsync(request, TestContext.Current.CancellationToken);
        Assert.True(response.Headers.CacheControl?.NoStore);
        Assert.Equal("application/json", response.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task The_description_says_what_each_search_takes()
    {
        var document = await GetAsync("/openapi/v1.json", Token("service", "*"));
        string[] Parameters(string path, string method) => [.. document["paths"]![path]![method]!["parameters"]!.AsArray().Select(p => (string)p!["name"]!).Order(StringComparer.Ordinal)];
        Assert.Equal(["actor", "after", "controller", "from", "limit", "service", "stream", "to", "type"], Parameters("/v1/{controller}/audit/events", "get"));
        Assert.Equal(["after", "controller", "from", "limit", "principal", "to"], Parameters("/v1/{controller}/audit/access", "get"));
        Assert.Equal(["after", "controller", "from", "limit", "to"], Parameters("/v1/{controller}/audit/timeline", "post"));
        Assert.NotNull(document["paths"]!["/v1/{controller}/audit/timeline"]!["post"]!["requestBody"]);
    }
}

using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

/// <summary>One person under several identifiers.</summary>
public sealed class LinkSetTests(Installation installation)
{
    [Fact]
    public async Task A_consent_given_under_one_identifier_counts_for_all_that_are_linked()
    {
        var (anna, number, phone) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        Assert.Equal("refuse", Outcome(await AskAsync(phone)));
        await LinkAsync(anna.Subject, number);
        await LinkAsync(number, phone);
        var decision = await AskAsync(phone);
        Assert.Equal("permit", Outcome(decision));

        var explained = await anna.GetAsync($"decisions/{decision["decisionId"]}/explanation");
        Assert.Equal("identical", (string?)explained["replayed"]);
        Assert.Equal(["consent", "link", "link"], explained["facts"]!.AsArray().Select(f => (string?)f!["kind"]).Order());
    }

    [Fact]
    public async Task A_withdrawal_under_one_identifier_binds_all_of_them()
    {
        var (anna, number, _) = await ThreeAsync();
        var given = await anna.GiveAsync("own-marketing");
        await LinkAsync(anna.Subject, number);
        Assert.Equal("permit", Outcome(await AskAsync(number)));
        await anna.WithdrawAsync(given);
        Assert.Equal("refuse", Outcome(await AskAsync(number)));
    }

    [Fact]
    public async Task A_privacy_signal_under_one_identifier_refuses_for_all_of_them()
    {
        var (anna, number, phone) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        await LinkAsync(anna.Subject, number, phone);
        await anna.RefuseAsync(new { subject = phone, method = "gpc" });
        Assert.Equal("refuse", Outcome(await anna.MayAsync()));
        Assert.Equal("refuse", Outcome(await AskAsync(number)));
    }

    [Fact]
    public async Task Removing_a_link_parts_what_only_it_joined_from_then_on()
    {
        var (anna, number, phone) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        var first = await LinkAsync(anna.Subject, number);
        await LinkAsync(number, phone);
        var before = await AskAsync(phone);
        Assert.Equal("permit", Outcome(before));

        var removed = await PostAsync($"subjects/links/{first["linkId"]}/removal", new { });
        Assert.Equal("removed", (string?)removed["status"]);
        Assert.Equal("refuse", Outcome(await AskAsync(phone)));
        Assert.Equal("permit", Outcome(await anna.MayAsync()));
        Assert.Equal("identical", (string?)(await anna.GetAsync($"decisions/{before["decisionId"]}/explanation"))["replayed"]);

        await LinkAsync(anna.Subject, number);
        Assert.Equal("permit", Outcome(await AskAsync(phone)));
    }

    [Fact]
    public async Task What_was_linked_then_is_what_counts_then()
    {
        var (anna, number, _) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        var alone = (DateTimeOffset)(await AskAsync(number))["evaluatedAt"]!;
        var link = await LinkAsync(anna.Subject, number);
        var linked = (DateTimeOffset)(await AskAsync(number))["evaluatedAt"]!;
        await PostAsync($"subjects/links/{link["linkId"]}/removal", new { });
        var service = await installation.ServiceAsync();
        foreach (var (at, outcome, consents) in new[] { (alone, "refuse", 0), (linked, "permit", 1) })
        {
            var then = await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Auditor), Question(number, at));
            Assert.Equal(outcome, Outcome(then.Ok()));
            var search = await service.PostAsync(anna.Path("consents/search"), anna.System, new { subject = number, asOf = at });
            Assert.Equal(consents, search.Ok()["items"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task A_search_finds_the_consents_of_the_whole_person()
    {
        var (anna, number, phone) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        await anna.RefuseAsync(new { subject = phone, method = "gpc" });
        await LinkAsync(anna.Subject, number, phone);
        var found = (await PostAsync("consents/search", new { subject = number }))["items"]!.AsArray();
        Assert.Equal(["refused", "given"], found.Select(f => (string?)f!["status"]));
    }

    [Fact]
    public async Task A_person_reads_and_withdraws_what_they_consented_to_under_another_identifier()
    {
        var (anna, number, _) = await ThreeAsync();
        var service = await installation.ServiceAsync();
        var given = await anna.GiveAsync("own-marketing");
        var self = installation.Token(Roles.Subject, subject: Pseudonym(number));
        (await service.GetAsync(anna.Path($"consents/{given["consentId"]}"), self)).Problem(404);
        (await service.PostAsync(anna.Path("consents/search"), self, new { subject = anna.Subject })).Problem(403);
        (await service.PostAsync(anna.Path("consents"), self, anna.Consent("targeting"))).Problem(403);

        await LinkAsync(anna.Subject, number);
        foreach (var path in new[] { "", "/history", "/receipt" })
            (await service.GetAsync(anna.Path($"consents/{given["consentId"]}{path}"), self)).Ok();
        (await service.PostAsync(anna.Path("consents/search"), self, new { subject = anna.Subject })).Ok();
        (await service.PostAsync(anna.Path("consents"), self, anna.Consent("targeting"))).Ok(HttpStatusCode.Created);
        (await service.PostAsync(anna.Path($"consents/{given["consentId"]}/withdrawal"), self, new { method = "web-form" })).Ok();
        Assert.Equal("refuse", Outcome(await anna.MayAsync()));
    }

    [Fact]
    public async Task Links_of_one_controller_are_none_of_anothers()
    {
        var (anna, number, _) = await ThreeAsync();
        await anna.GiveAsync("own-marketing");
        var link = await LinkAsync(anna.Subject, number);
        var service = await installation.ServiceAsync();
        (await service.PostAsync($"/v1/netip/subjects/links/{link["linkId"]}/removal", anna.System, new { })).Problem(404);
        var elsewhere = (await service.GetAsync("/v1/netip/subjects/links?limit=1000", anna.System)).Ok()["items"]!.AsArray();
        Assert.DoesNotContain(elsewhere, l => (string?)l!["linkId"] == (string?)link["linkId"]);
    }

    [Fact]
    public async Task Linking_and_removing_again_changes_nothing()
    {
        var (anna, number, _) = await ThreeAsync();
        var first = await LinkAsync(anna.Subject, number);
        Assert.Equal(first.ToJsonString(), (await LinkAsync(number, anna.Subject)).ToJsonString());
        for (var i = 0; i < 2; i++)
            Assert.Equal("removed", (string?)(await PostAsync($"subjects/links/{first["linkId"]}/removal", new { }))["status"]);
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand("select count(*) from mt_events where stream_id = $1");
        count.Parameters.AddWithValue($"subject-link-{first["linkId"]}");
        Assert.Equal(2L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_person_does_not_grow_without_bound()
    {
        var (anna, _, _) = await ThreeAsync();
        var service = await installation.ServiceAsync();
        for (var i = 0; i < 5; i++)
            await LinkAsync([anna.Subject, .. Enumerable.Range(0, 19).Select(_ => Number())]);
        (await service.PostAsync(anna.Path("subjects/links"), anna.System, new { subjects = Enumerable.Range(0, 10).Select(_ => Number()).Append(anna.Subject), evidence = "e" })).Problem(422, "/subjects");
    }

    [Theory]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"}],"evidence":"order 4"}""", 422, "/subjects")]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"email","value":" A@B.se"}],"evidence":"order 4"}""", 422, "/subjects")]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"phone","value":"call me"}],"evidence":"order 4"}""", 422, "/subjects/1/value")]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"shoe","value":"42"}],"evidence":"order 4"}""", 422, "/subjects/1/type")]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"account","value":"a-7"}],"evidence":" "}""", 422, "/evidence")]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"account","value":"a-7"}]}""", 400)]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},null],"evidence":"order 4"}""", 400)]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"account","value":"a-7"}],"evidence":{"ref":"order 4"}}""", 400)]
    [InlineData("""{"subjects":[{"type":"email","value":"a@b.se"},{"type":"account","value":"a-7"}],"evidence":7}""", 400)]
    public async Task What_cannot_be_linked_is_told_why_and_stores_nothing(string body, int status, params string[] pointers)
    {
        var service = await installation.ServiceAsync();
        var before = await Log.CountByCallersAsync(installation);
        (await service.PostAsync("/v1/almena/subjects/links", installation.Token(Roles.System), body)).Problem(status, pointers);
        Assert.Equal(before, await Log.CountByCallersAsync(installation));
    }

    private static object Number() => new { type = "customer-number", value = $"K-{Guid.CreateVersion7():n}" };

    private static string? Outcome(JsonNode answer) => (string?)answer["outcome"];

    private static object Question(object subject, DateTimeOffset? at = null) => at is null
        ? new { operation = "use", purpose = "own-marketing", categories = new[] { "email" }, subject, context = new { country = "SE" } }
        : new { operation = "use", purpose = "own-marketing", categories = new[] { "email" }, subject, context = new { country = "SE" }, at };

    private async Task<(Customer Anna, object Number, object Phone)> ThreeAsync()
    {
        var digits = string.Concat(Guid.CreateVersion7().ToByteArray().TakeLast(5).Select(b => (b % 100).ToString("00", System.Globalization.CultureInfo.InvariantCulture)));
        return (await Customer.OfAsync(installation), Number(), new { type = "phone", value = $"+46 7{digits}" });
    }

    private string Pseudonym(object number) => installation.PseudonymOf("customer-number", (string)number.GetType().GetProperty("value")!.GetValue(number)!, "almena");

    private Task<JsonNode> AskAsync(object subject) => PostAsync("decisions", Question(subject));

    private Task<JsonNode> LinkAsync(params object[] subjects) => PostAsync("subjects/links", new { subjects, evidence = new { reference = "order 4" } }, HttpStatusCode.Created);

    private async Task<JsonNode> PostAsync(string path, object body, HttpStatusCode expected = HttpStatusCode.OK) =>
        (await (await installation.ServiceAsync()).PostAsync($"/v1/almena/{path}", installation.Token(Roles.System), body)).Ok(expected);
}

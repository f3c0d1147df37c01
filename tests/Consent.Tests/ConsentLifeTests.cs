using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

public sealed class ConsentLifeTests(Installation installation)
{
    [Fact]
    public async Task A_customer_consents_is_written_to_withdraws_and_is_left_alone()
    {
        var anna = await Customer.OfAsync(installation);
        Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);

        var given = await anna.GiveAsync("own-marketing");
        Assert.Equal("given", (string?)given["status"]);
        Assert.Equal(1, (int?)given["policyVersion"]);
        Assert.Equal("needed", (string?)given["purposes"]![0]!["effect"]);
        var permitted = await anna.MayAsync();
        Assert.Equal("permit", (string?)permitted["outcome"]);
        Assert.True((bool?)permitted["allowed"]);
        Assert.Contains("AL-3", permitted["rules"]!.AsArray().Select(r => (string?)r));

        var withdrawn = await anna.WithdrawAsync(given);
        Assert.Equal("withdrawn", (string?)withdrawn["status"]);
        var refused = await anna.MayAsync();
        Assert.Equal("refuse", (string?)refused["outcome"]);
        Assert.Equal(("AL-3", "consent-withdrawn"), ((string?)refused["reasons"]![0]!["rule"], (string?)refused["reasons"]![0]!["code"]));

        await anna.GiveAsync("own-marketing");
        Assert.Equal("permit", (string?)(await anna.MayAsync())["outcome"]);
    }

    [Fact]
    public async Task Withdrawing_again_answers_the_same()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing", "targeting");
        var first = await anna.WithdrawAsync(given);
        Assert.Equal(first.ToJsonString(), (await anna.WithdrawAsync(given)).ToJsonString());
        Assert.Equal(2, (await anna.GetAsync($"consents/{given["consentId"]}/history"))["items"]!.AsArray().Count);
    }

    [Fact]
    public async Task A_part_can_be_withdrawn_and_the_rest_still_counts()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing", "targeting");
        Assert.Equal("partly-withdrawn", (string?)(await anna.WithdrawAsync(given, "targeting"))["status"]);
        Assert.Equal("permit", (string?)(await anna.MayAsync("own-marketing"))["outcome"]);
        Assert.Equal("refuse", (string?)(await anna.MayAsync("targeting"))["outcome"]);
        Assert.Equal("withdrawn", (string?)(await anna.WithdrawAsync(given))["status"]);
    }

    [Fact]
    public async Task The_newest_statement_of_the_person_decides()
    {
        var anna = await Customer.OfAsync(installation);
        var first = await anna.GiveAsync("own-marketing");
        await anna.GiveAsync("own-marketing");
        await anna.WithdrawAsync(first);
        Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);
        await anna.GiveAsync("own-marketing");
        Assert.Equal("permit", (string?)(await anna.MayAsync())["outcome"]);
        await anna.RefuseAsync(new { subject = anna.Subject, purposes = new[] { "own-marketing" }, method = "phone" });
        Assert.Equal("refuse", (string?)(await anna.MayAsync())["outcome"]);
    }

    [Fact]
    public async Task A_privacy_signal_refuses_what_the_policy_lists_and_a_later_consent_counts()
    {
        var anna = await Customer.OfAsync(installation);
        await anna.GiveAsync("own-marketing", "targeting");
        var refusal = await anna.RefuseAsync(new { subject = anna.Subject, method = "gpc" });
        Assert.Equal(["own-marketing", "third-party-advertising", "targeting"], refusal["purposes"]!.AsArray().Select(p => (string?)p!["purpose"]));
        Assert.Equal("refuse", (string?)(await anna.MayAsync("targeting"))["outcome"]);
        await anna.GiveAsync("targeting");
        Assert.Equal("permit", (string?)(await anna.MayAsync("targeting"))["outcome"]);
        Assert.Equal("refuse", (string?)(await anna.MayAsync("own-marketing"))["outcome"]);
    }

    [Fact]
    public async Task A_consent_runs_out()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        DateTimeOffset expiresAt;
        Answer answered;
        var seconds = 1;
        // A slow machine may take it in when it has run out already, which is refused: then one that holds for longer.
        do
        {
            expiresAt = TimeProvider.System.GetUtcNow().AddSeconds(seconds);
            answered = await service.PostAsync(anna.Path("consents"), anna.System, new
            {
                subject = anna.Subject, purposes = new[] { "own-marketing" }, method = "web-form", language = "sv", evidence = new { reference = "r" }, expiresAt,
            });
            seconds *= 2;
        }
        while (answered.Status == HttpStatusCode.UnprocessableEntity && seconds < 60);
        var given = answered.Ok(HttpStatusCode.Created);
        JsonNode? answer = null;
        await Until.TrueAsync(async () => (string?)(answer = await anna.MayAsync())["outcome"] == "refuse");
        Assert.Equal("consent-expired", (string?)answer!["reasons"]![0]!["code"]);
        Assert.True((DateTimeOffset?)answer["evaluatedAt"] >= expiresAt);
        Assert.Equal("expired", (string?)(await anna.GetAsync($"consents/{given["consentId"]}"))["status"]);
    }

    [Fact]
    public async Task A_search_shows_what_stood_at_exactly_that_instant()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        var givenAt = (DateTimeOffset)given["givenAt"]!;
        var withdrawnAt = (DateTimeOffset)(await anna.WithdrawAsync(given))["withdrawnAt"]!;

        Assert.Empty((await anna.SearchAsync(givenAt.AddMicroseconds(-1)))["items"]!.AsArray());
        Assert.Equal("given", Status(await anna.SearchAsync(givenAt)));
        Assert.Equal("given", Status(await anna.SearchAsync(withdrawnAt.AddMicroseconds(-1))));
        Assert.Equal("withdrawn", Status(await anna.SearchAsync(withdrawnAt)));
        Assert.Equal("withdrawn", Status(await anna.SearchAsync()));
    }

    [Fact]
    public async Task A_search_comes_in_pages_newest_first()
    {
        var anna = await Customer.OfAsync(installation);
        var ids = new List<string?>();
        for (var i = 0; i < 5; i++)
            ids.Insert(0, (string?)(await anna.GiveAsync("own-marketing", "targeting"))["consentId"]);
        var found = new List<string?>();
        for (string? next = ""; next is not null;)
        {
            var page = await anna.SearchAsync(query: "?limit=2" + (next.Length == 0 ? "" : $"&after={next}"));
            found.AddRange(page["items"]!.AsArray().Select(i => (string?)i!["consentId"]));
            next = (string?)page["next"];
        }
        Assert.Equal(ids, found);
    }

    [Fact]
    public async Task One_controllers_consents_are_not_anothers()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        var service = await installation.ServiceAsync();
        (await service.GetAsync($"/v1/netip/consents/{given["consentId"]}", installation.Token(Roles.Officer))).Problem(404);
        (await service.PostAsync($"/v1/netip/consents/{given["consentId"]}/withdrawal", anna.System, new { method = "web-form" })).Problem(404);
        Assert.Empty((await service.PostAsync("/v1/netip/consents/search", anna.System, new { subject = anna.Subject })).Ok()["items"]!.AsArray());
        Assert.Equal("permit", (string?)(await anna.MayAsync())["outcome"]);
    }

    [Fact]
    public async Task A_person_may_give_see_and_withdraw_their_own_consent_only()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        var own = installation.Token(Roles.Subject, "almena", anna.Pseudonym);
        var other = installation.Token(Roles.Subject, "almena", installation.PseudonymOf("bo@example.se"));
        (await service.PostAsync(anna.Path("consents"), other, anna.Consent("own-marketing"))).Problem(403);
        var given = (await service.PostAsync(anna.Path("consents"), own, anna.Consent("own-marketing"))).Ok(HttpStatusCode.Created);
        var path = anna.Path($"consents/{given["consentId"]}");

        foreach (var suffix in new[] { "", "/history", "/receipt" })
        {
            (await service.GetAsync(path + suffix, own)).Ok();
            (await service.GetAsync(path + suffix, other)).Problem(404);
        }
        (await service.PostAsync(anna.Path("consents/search"), other, new { subject = anna.Subject })).Problem(403);
        (await service.PostAsync(path + "/withdrawal", other, new { method = "web-form" })).Problem(404);
        (await service.PostAsync(path + "/withdrawal", own, new { method = "web-form" })).Ok();
    }

    [Fact]
    public async Task The_history_and_the_receipt_tell_what_happened()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        var withdrawn = await anna.WithdrawAsync(given);
        var history = (await anna.GetAsync($"consents/{given["consentId"]}/history", Roles.Auditor))["items"]!.AsArray();
        Assert.Equal(["given", "withdrawn"], history.Select(h => (string?)h!["event"]));
        Assert.Equal([(string?)given["givenAt"], (string?)withdrawn["withdrawnAt"]], history.Select(h => (string?)h!["at"]));
        Assert.All(history, h => Assert.Equal("key-of-system", (string?)h!["actor"]));

        var service = await installation.ServiceAsync();
        var answer = await service.GetAsync(anna.Path($"consents/{given["consentId"]}/receipt"), anna.System);
        Assert.Equal("application/ld+json", answer.Response.Content.Headers.ContentType?.MediaType);
        Assert.Equal((string?)given["consentId"], (string?)answer.Ok()["record_id"]);
        Assert.Equal(anna.Pseudonym, (string?)answer.Body!["pii_principal_id"]);
        Assert.Equal("dpv:ConsentWithdrawn", (string?)answer.Body["events"]![1]!["event_state"]);
    }

    [Fact]
    public async Task Whose_data_it_was_is_told_to_the_gateway_and_nothing_personal_is_stored_in_clear()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        var answer = await service.PostAsync(anna.Path("consents"), anna.System, anna.Consent("own-marketing"));
        Assert.Equal([anna.Pseudonym], answer.Response.Headers.GetValues(InternalHeaders.Subjects));
        Assert.Equal("order-17", (string?)(await anna.GetAsync($"consents/{answer.Ok(HttpStatusCode.Created)["consentId"]}"))["evidence"]!["reference"]);

        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand("select count(*) filter (where data::text like '%order-17%' or data::text ilike $1), count(*) filter (where data->>'subject' = $2) from mt_events");
        count.Parameters.AddWithValue($"%{anna.Email}%");
        count.Parameters.AddWithValue(anna.Pseudonym);
        await using var reader = await count.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal((0L, 1L), (reader.GetInt64(0), reader.GetInt64(1)));
        Assert.DoesNotContain(anna.Email, service.Output, StringComparison.OrdinalIgnoreCase);
    }

    private static string? Status(JsonNode page) => (string?)Assert.Single(page["items"]!.AsArray())!["status"];
}

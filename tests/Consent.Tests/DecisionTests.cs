using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

public sealed class DecisionTests(Installation installation)
{
    private static readonly string[] Members =
    [
        "decisionId", "outcome", "allowed", "advisory", "rules", "reasons", "permittedCategories", "cutCategories", "policyVersion", "policyHash", "evaluatedAt", "contact",
    ];

    [Fact]
    public async Task An_answer_has_every_member_of_the_contract()
    {
        var anna = await Customer.OfAsync(installation);
        var answer = (await anna.MayAsync()).AsObject();
        Assert.Equal(Members.Order(), answer.Select(m => m.Key).Order());
        Assert.Equal("privacy@almena.example", (string?)answer["contact"]);
        Assert.Equal(Pure.Policy("almena").Hash, (string?)answer["policyHash"]);
        Assert.Equal(["code", "rule", "text"], answer["reasons"]![0]!.AsObject().Select(m => m.Key).Order());
    }

    [Fact]
    public async Task Mass_mailing_is_refused_whatever_was_consented()
    {
        var anna = await Customer.OfAsync(installation, "netip");
        Assert.Equal("none", (string?)(await anna.GiveAsync("mass-mailing"))["purposes"]![0]!["effect"]);
        var answer = await anna.MayAsync("mass-mailing");
        Assert.Equal("refuse", (string?)answer["outcome"]);
        Assert.Contains("NI-9", answer["rules"]!.AsArray().Select(r => (string?)r));
    }

    [Fact]
    public async Task A_recorded_decision_is_read_and_explained()
    {
        var anna = await Customer.OfAsync(installation);
        var given = await anna.GiveAsync("own-marketing");
        var asked = await anna.MayAsync();
        Assert.Equal(asked.ToJsonString(), (await anna.GetAsync($"decisions/{asked["decisionId"]}")).ToJsonString());
        await anna.WithdrawAsync(given);

        var explained = await anna.GetAsync($"decisions/{asked["decisionId"]}/explanation", Roles.Auditor);
        Assert.Equal("identical", (string?)explained["replayed"]);
        Assert.Equal("permit", (string?)explained["outcome"]);
        var fact = Assert.Single(explained["facts"]!.AsArray())!;
        Assert.Equal(("consent", "own-marketing", "given"), ((string?)fact["kind"], (string?)fact["purpose"], (string?)fact["state"]));
        Assert.Equal((string?)given["givenAt"], (string?)fact["since"]);
        Assert.Equal(anna.Pseudonym, (string?)explained["question"]!["subject"]);
        Assert.DoesNotContain(anna.Email, explained.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Each_kind_of_answer_is_explained_identically()
    {
        var anna = await Customer.OfAsync(installation);
        var decisions = new List<JsonNode> { await anna.MayAsync("support"), await anna.MayAsync(), await anna.MayAsync("payment") };
        await anna.RefuseAsync(new { subject = anna.Subject, method = "gpc" });
        decisions.Add(await anna.MayAsync());
        await anna.WithdrawAsync(await anna.GiveAsync("own-marketing"));
        decisions.Add(await anna.MayAsync());
        foreach (var decision in decisions)
            Assert.Equal("identical", (string?)(await anna.GetAsync($"decisions/{decision["decisionId"]}/explanation"))["replayed"]);
    }

    [Fact]
    public async Task A_changed_read_model_shows_in_the_explanation()
    {
        var anna = await Customer.OfAsync(installation);
        await anna.GiveAsync("own-marketing");
        var asked = await anna.MayAsync();
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var erase = source.CreateCommand("delete from consent_statement where subject = $1");
        erase.Parameters.AddWithValue(anna.Pseudonym);
        await erase.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        Assert.Equal("facts-erased", (string?)(await anna.GetAsync($"decisions/{asked["decisionId"]}/explanation"))["replayed"]);
    }

    [Fact]
    public async Task What_was_the_answer_then_is_asked_with_at_and_not_recorded()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        var given = await anna.GiveAsync("own-marketing");
        var givenAt = (DateTimeOffset)given["givenAt"]!;
        var withdrawnAt = (DateTimeOffset)(await anna.WithdrawAsync(given))["withdrawnAt"]!;
        var before = await Log.CountByCallersAsync(installation);

        Assert.Equal("refuse", await ThenAsync(givenAt.AddMicroseconds(-1)));
        Assert.Equal("permit", await ThenAsync(givenAt));
        Assert.Equal("permit", await ThenAsync(withdrawnAt.AddMicroseconds(-1)));
        Assert.Equal("refuse", await ThenAsync(withdrawnAt));
        Assert.Equal(before, await Log.CountByCallersAsync(installation));

        async Task<string?> ThenAsync(DateTimeOffset at)
        {
            var answer = (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Auditor), Then(anna, at))).Ok();
            Assert.Null(answer["decisionId"]);
            Assert.Equal(at, (DateTimeOffset?)answer["evaluatedAt"]);
            return (string?)answer["outcome"];
        }
    }

    [Fact]
    public async Task Only_auditor_and_officer_ask_what_was_and_an_auditor_asks_nothing_else()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        var now = TimeProvider.System.GetUtcNow();
        (await service.PostAsync(anna.Path("decisions"), anna.System, Then(anna, now))).Problem(403);
        (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Auditor), anna.Question())).Problem(403);
        (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Officer), Then(anna, now))).Ok();
        (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Officer), anna.Question())).Ok();
        (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Auditor), Then(anna, now.AddDays(1)))).Problem(422, "/at");
        (await service.PostAsync(anna.Path("decisions"), installation.Token(Roles.Auditor), Then(anna, now.AddYears(-1)))).Problem(422, "/at");
        (await service.PostAsync(anna.Path("decisions/batch"), installation.Token(Roles.Officer), new[] { Then(anna, now) })).Problem(422, "/0/at");
        (await service.GetAsync(anna.Path($"decisions/{Guid.CreateVersion7()}"), anna.System)).Problem(403);
    }

    [Fact]
    public async Task Storing_and_disclosing_get_advice_that_permits_nothing()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        foreach (var operation in new[] { "store", "disclose" })
        {
            var answer = (await service.PostAsync(anna.Path("decisions"), anna.System, new { operation, purpose = "support", categories = new[] { "email" } })).Ok();
            Assert.True((bool?)answer["advisory"]);
            Assert.False((bool?)answer["allowed"]);
        }
    }

    [Fact]
    public async Task A_thousand_questions_are_answered_together()
    {
        var service = await installation.ServiceAsync();
        var customers = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Customer.OfAsync(installation)));
        foreach (var customer in customers.Take(5))
            await customer.GiveAsync("own-marketing");
        var questions = Enumerable.Range(0, 1000).Select(i => customers[i % 10].Question()).ToArray();
        var answers = (await service.PostAsync(customers[0].Path("decisions/batch"), customers[0].System, questions)).Ok().AsArray();

        Assert.Equal(1000, answers.Count);
        Assert.All(answers.Index(), a => Assert.Equal(a.Index % 10 < 5 ? "permit" : "refuse", (string?)a.Item!["outcome"]));
        Assert.Equal(1000, answers.Select(a => (string?)a!["decisionId"]).Distinct(StringComparer.Ordinal).Count());
        foreach (var place in new[] { 0, 7, 999 })
        {
            var explained = await customers[0].GetAsync($"decisions/{answers[place]!["decisionId"]}/explanation");
            Assert.Equal(("identical", customers[place % 10].Pseudonym), ((string?)explained["replayed"], (string?)explained["question"]!["subject"]));
        }
        Assert.Equal(100, await CountAsync("select count(*) from mt_events where type = 'decision-made.v1' and headers->'subjects' = to_jsonb(array[$1])", customers[3].Pseudonym));
    }

    [Fact]
    public async Task A_batch_with_one_bad_question_answers_none()
    {
        var anna = await Customer.OfAsync(installation);
        var service = await installation.ServiceAsync();
        var before = await Log.CountByCallersAsync(installation);
        (await service.PostAsync(anna.Path("decisions/batch"), anna.System, new[] { anna.Question(), anna.Question("spying") })).Problem(422, "/1/purpose");
        (await service.PostAsync(anna.Path("decisions/batch"), anna.System, Enumerable.Repeat(anna.Question(), 1001).ToArray())).Problem(422, "");
        (await service.PostAsync(anna.Path("decisions/batch"), anna.System, Array.Empty<object>())).Problem(422, "");
        Assert.Equal(before, await Log.CountByCallersAsync(installation));
    }

    [Fact]
    public async Task A_new_policy_decides_from_when_it_takes_effect()
    {
        var service = await installation.ServiceAsync();
        var document = Pure.Document("almena");
        await installation.PublishPolicyAsync("changing", 1, document, TimeProvider.System.GetUtcNow());
        var anna = await Customer.OfAsync(installation, "changing");
        await Until.TrueAsync(async () => (await service.PostAsync(anna.Path("decisions"), anna.System, anna.Question("statistics"))).Status != System.Net.HttpStatusCode.NotFound);
        var before = await anna.MayAsync("statistics");
        Assert.Equal(("refuse", 1), ((string?)before["outcome"], (int?)before["policyVersion"]));

        var effectiveFrom = TimeProvider.System.GetUtcNow().AddSeconds(2);
        await installation.PublishPolicyAsync("changing", 2, document.Replace("purposes: statistics, needs: [anonymised]}", "purposes: statistics}", StringComparison.Ordinal), effectiveFrom);
        JsonNode? after = null;
        await Until.TrueAsync(async () => (int?)(after = await anna.MayAsync("statistics"))["policyVersion"] == 2);
        Assert.Equal("permit", (string?)after!["outcome"]);
        Assert.True((DateTimeOffset?)after["evaluatedAt"] >= effectiveFrom);
        foreach (var decision in new[] { before, after })
            Assert.Equal("identical", (string?)(await anna.GetAsync($"decisions/{decision["decisionId"]}/explanation"))["replayed"]);
    }

    private static object Then(Customer anna, DateTimeOffset at) =>
        new { operation = "use", purpose = "own-marketing", categories = new[] { "email" }, subject = anna.Subject, context = new { country = "SE" }, at };

    private async Task<long> CountAsync(string sql, string parameter)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand(sql);
        count.Parameters.AddWithValue(parameter);
        return (long)(await count.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }
}

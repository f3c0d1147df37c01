using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Integritet.Platform.Hosting;
using Npgsql;

namespace Integritet.Disclosure.Tests;

public sealed class RegistersTests(Installation installation)
{
    [Fact]
    public async Task A_recipient_is_on_record_with_what_it_signed_and_what_it_may_read()
    {
        var register = await Register.OfAsync(installation);
        var registered = await register.RecipientAsync("employee", name: "Eva Ek");
        var signed = await register.SignAsync(registered, "nda", "nda-17");
        var granted = await register.GrantAsync(registered, "email", "name");

        var shown = await register.GetAsync($"recipients/{registered["recipientId"]}");
        Assert.Equal(("Eva Ek", "employee", "CH"), ((string?)shown["name"], (string?)shown["kind"], (string?)shown["country"]));
        Assert.Equal((string?)signed["agreementId"], (string?)Assert.Single(shown["agreements"]!.AsArray())!["agreementId"]);
        Assert.Equal("nda-17", (string?)shown["agreements"]![0]!["reference"]);
        Assert.Equal((string?)granted["accessRightId"], (string?)Assert.Single(shown["accessRights"]!.AsArray())!["accessRightId"]);
    }

    [Fact]
    public async Task What_is_refused_cites_the_clause_and_stores_nothing()
    {
        var register = await Register.OfAsync(installation);
        var employee = await register.RecipientAsync("employee");
        var ends = (await register.PostAsync($"recipients/{employee["recipientId"]}/agreements", new { type = "nda", signedAt = "2026-01-02T10:00:00Z", expiresAt = "2028-01-02T10:00:00Z", reference = "r" })).Problem(422, "/expiresAt");
        Assert.Equal(("agreement-ends", "PA-5"), ((string?)ends["errors"]![0]!["code"], (string?)ends["errors"]![0]!["rule"]));

        var supplier = await register.RecipientAsync("supplier");
        var order = (await register.PostAsync($"recipients/{supplier["recipientId"]}/agreements", new { type = "business", signedAt = "2026-01-02T10:00:00Z", reference = "r" })).Problem(422, "/type");
        Assert.Equal(("agreement-order", "PA-6"), ((string?)order["errors"]![0]!["code"], (string?)order["errors"]![0]!["rule"]));
        Assert.Empty((await register.GetAsync($"recipients/{supplier["recipientId"]}"))["agreements"]!.AsArray());
    }

    [Fact]
    public async Task Lists_come_page_by_page()
    {
        var register = await Register.OfAsync(installation, "netip");
        var recipients = new List<string>();
        for (var i = 0; i < 3; i++)
            recipients.Add((string)(await register.RecipientAsync("carrier"))["recipientId"]!);
        await register.OpenAsync(Register.SomeReference());
        await register.OpenAsync(Register.SomeReference());

        Assert.Equal(recipients, await AllAsync(register, "recipients", "recipientId"));
        Assert.Equal(2, (await AllAsync(register, "cases", "caseId")).Count);
    }

    [Fact]
    public async Task A_group_company_that_the_policy_lists_is_part_of_the_controller()
    {
        var register = await Register.OfAsync(installation, "did-virtual-numbers");
        var listed = Pure.Policy("did-virtual-numbers").Document.Controller.Group[0];
        Assert.Equal("DV-14", (string?)(await register.RecipientAsync("group-company", "NO", name: listed.Name))["partOfController"]);
        Assert.Null((await register.RecipientAsync("group-company", "NO", name: "Another AS"))["partOfController"]);
        Assert.Null((await register.RecipientAsync("carrier", "NO", name: listed.Name))["partOfController"]);
    }

    [Fact]
    public async Task A_case_is_named_by_its_reference_and_by_its_id()
    {
        var register = await Register.OfAsync(installation);
        var reference = Register.SomeReference();
        var opened = await register.OpenAsync(reference);
        Assert.Equal(("open", reference), ((string?)opened["status"], (string?)opened["reference"]));
        Assert.Null(opened["subjects"]);
        foreach (var name in new[] { reference, (string)opened["caseId"]! })
            Assert.Equal("spam was reported", (string?)(await register.GetAsync($"cases/{name}"))["reason"]);

        (await register.PostAsync("cases", new { kind = "preservation", reference, reason = "again" })).Problem(409, "/reference");
        Assert.Equal("abuse-investigation", (string?)(await register.GetAsync($"cases/{reference}"))["kind"]);
    }

    [Fact]
    public async Task Two_who_open_a_case_under_one_reference_at_once_open_one()
    {
        var register = await Register.OfAsync(installation);
        var body = new { kind = "abuse-investigation", reference = Register.SomeReference(), reason = "spam" };
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => register.PostAsync("cases", body)));
        Assert.Equal(HttpStatusCode.Created, Assert.Single(answers, a => a.Status != HttpStatusCode.Conflict).Status);
    }

    [Fact]
    public async Task Subjects_are_added_line_by_line_and_the_case_is_closed()
    {
        var register = await Register.OfAsync(installation);
        var reference = Register.SomeReference();
        await register.OpenAsync(reference, "a@example.se");
        Assert.Equal(3, (int?)(await AddAsync(register, reference, Lines("b@example.se", "a@example.se", "c@example.se"))).Ok()["subjects"]);
        Assert.Equal(3, (int?)(await AddAsync(register, reference, Lines("c@example.se"))).Ok()["subjects"]);

        var closed = await register.CloseAsync(reference);
        Assert.Equal(("closed", "nothing was found"), ((string?)closed["status"], (string?)closed["closure"]));
        Assert.Equal((string?)closed["closedAt"], (string?)(await register.CloseAsync((string)closed["caseId"]!))["closedAt"]);
        (await AddAsync(register, reference, Lines("d@example.se"))).Problem(409);
    }

    [Fact]
    public async Task Ten_thousand_subjects_are_taken_and_one_more_is_not()
    {
        var register = await Register.OfAsync(installation);
        var reference = Register.SomeReference();
        await register.OpenAsync(reference);
        var many = Enumerable.Range(0, 10_000).Select(i => $"p{i}@example.se").ToArray();
        (await AddAsync(register, reference, Lines([.. many, "one.more@example.se"]))).Problem(422);
        Assert.Equal(10_000, (int?)(await AddAsync(register, reference, Lines(many))).Ok()["subjects"]);
        (await AddAsync(register, reference, Lines("one.more@example.se"))).Problem(422);
    }

    [Fact]
    public async Task Bad_lines_are_told_by_their_place_and_none_is_stored()
    {
        var register = await Register.OfAsync(installation);
        var reference = Register.SomeReference();
        await register.OpenAsync(reference);
        (await AddAsync(register, reference, Lines("a@example.se") + """{"type":"email","value":"nobody"}""" + "\n" + """{"type":"shoe","value":"42"}""")).Problem(422, "/1/value", "/2/type");
        (await AddAsync(register, reference, Lines("a@example.se") + "nonsense")).Problem(400);
        (await AddAsync(register, reference, "\n\n")).Problem(422);
        (await AddAsync(register, reference, Lines("a@example.se"), "application/json")).Problem(415);
        Assert.Null((await register.GetAsync($"cases/{reference}"))["subjects"]);
    }

    [Fact]
    public async Task A_repeat_under_its_key_is_answered_again()
    {
        var service = await installation.DisclosureAsync();
        var register = await Register.OfAsync(installation);
        var body = new { kind = "employee", name = "Bo Bok", country = "CH" };
        var first = (await service.PostAsync(register.Path("recipients"), register.Officer, body, ("Idempotency-Key", "bo-1"))).Ok(HttpStatusCode.Created);
        var again = (await service.PostAsync(register.Path("recipients"), register.Officer, body, ("Idempotency-Key", "bo-1"))).Ok(HttpStatusCode.Created);
        Assert.Equal((string?)first["recipientId"], (string?)again["recipientId"]);

        var reference = Register.SomeReference();
        var open = new { kind = "abuse-investigation", reference, reason = "spam" };
        (await service.PostAsync(register.Path("cases"), register.Officer, open, ("Idempotency-Key", reference))).Ok(HttpStatusCode.Created);
        (await service.PostAsync(register.Path("cases"), register.Officer, open, ("Idempotency-Key", reference))).Ok(HttpStatusCode.Created);
        (await service.PostAsync(register.Path("cases"), register.Officer, open with { reason = "other" }, ("Idempotency-Key", reference))).Problem(422);
    }

    [Fact]
    public async Task What_is_on_record_at_one_controller_is_not_at_another()
    {
        var alps = await Register.OfAsync(installation);
        var service = await installation.DisclosureAsync();
        var recipient = await alps.RecipientAsync("employee");
        var opened = await alps.OpenAsync(Register.SomeReference());
        foreach (var path in new[] { $"recipients/{recipient["recipientId"]}", $"cases/{opened["caseId"]}", $"cases/{opened["reference"]}" })
        {
            (await service.GetAsync($"/v1/almena/{path}", installation.Token(Roles.Officer))).Problem(404);
            (await service.GetAsync($"/v1/privatealps/{path}", installation.Token(Roles.Officer, "almena"))).Problem(403);
            (await service.GetAsync($"/v1/privatealps/{path}", installation.Token(Roles.System))).Problem(403);
        }
    }

    [Fact]
    public async Task Names_and_what_officers_write_rest_encrypted()
    {
        var register = await Register.OfAsync(installation);
        await register.RecipientAsync("employee", name: "Ingeborg Unverwechselbar");
        var reference = Register.SomeReference();
        (await register.PostAsync("cases", new { kind = "abuse-investigation", reference, reason = "Unverwechselbar sent it" })).Ok(HttpStatusCode.Created);
        await using var database = NpgsqlDataSource.Create(installation.DatabaseOf("disclosure"));
        await using var command = database.CreateCommand("select count(*) filter (where data::text like '%Unverwechselbar%'), count(*) from mt_events");
        await using var reader = await command.ExecuteReaderAsync(TestContext.Current.CancellationToken);
        await reader.ReadAsync(TestContext.Current.CancellationToken);
        Assert.Equal(0, reader.GetInt64(0));
        Assert.True(reader.GetInt64(1) > 1);
    }

    private static async Task<List<string>> AllAsync(Register register, string path, string id)
    {
        var all = new List<string>();
        string? after = null;
        do
        {
            var page = await register.GetAsync($"{path}?limit=2" + (after is null ? "" : $"&after={after}"));
            all.AddRange(page["items"]!.AsArray().Select(item => (string)item![id]!));
            after = (string?)page["next"];
        }
        while (after is not null);
        return all;
    }

    private static string Lines(params string[] emails) => string.Concat(emails.Select(email => $$"""{"type":"email","value":"{{email}}"}""" + "\n"));

    private static Task<Answer> AddAsync(Register register, string reference, string lines, string contentType = "application/x-ndjson") =>
        register.PostAsync($"cases/{reference}/subjects", new StringContent(lines, Encoding.UTF8, new MediaTypeHeaderValue(contentType)));
}

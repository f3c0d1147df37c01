using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Integritet.Platform.Hosting;

namespace Integritet.Consent.Tests;

/// <summary>The registers over HTTP: what decisions learn from them, and what bad input does to them.</summary>
public sealed class RegisterTests(Installation installation)
{
    private const string Al = "/v1/almena/";
    private const string Bg = "/v1/bg-network-services/";

    [Fact]
    public async Task A_contact_counts_from_its_agreement_to_its_removal_and_for_every_identifier_of_the_person()
    {
        var (anna, number) = (await Customer.OfAsync(installation, "bg-network-services"), Number());
        var ops = $"ops-{Guid.CreateVersion7():n}@customer.example";
        Assert.Equal("refuse", (string?)(await NotifyAsync(number, ops))["outcome"]);
        var contact = await PostAsync(Bg + "contacts", Roles.System, new { subject = anna.Subject, kind = "email", value = ops.ToUpperInvariant(), agreedAt = Now() }, HttpStatusCode.Created);
        Assert.Equal(ops, (string?)contact["value"]);
        Assert.Equal("refuse", (string?)(await NotifyAsync(number, ops))["outcome"]);
        await PostAsync(Bg + "subjects/links", Roles.System, new { subjects = new[] { anna.Subject, number }, evidence = "order 4" }, HttpStatusCode.Created);

        var permitted = await NotifyAsync(number, ops);
        Assert.Equal("permit", (string?)permitted["outcome"]);
        Assert.Equal("permit", (string?)(await NotifyAsync(null, ops))["outcome"]);
        for (var i = 0; i < 2; i++)
            Assert.Equal("removed", (string?)(await PostAsync(Bg + $"contacts/{contact["contactId"]}/removal", Roles.System, "", HttpStatusCode.OK))["status"]);
        Assert.Equal("refuse", (string?)(await NotifyAsync(number, ops))["outcome"]);
        var explained = await anna.GetAsync($"decisions/{permitted["decisionId"]}/explanation");
        Assert.Equal("identical", (string?)explained["replayed"]);
        Assert.DoesNotContain(ops, explained.ToJsonString(), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task A_contact_value_rests_encrypted_and_is_shown_to_who_may_see_it()
    {
        var anna = await Customer.OfAsync(installation, "bg-network-services");
        var contact = await PostAsync(Bg + "contacts", Roles.System, new { subject = anna.Subject, kind = "email", value = anna.Email, agreedAt = Now() }, HttpStatusCode.Created);
        Assert.Equal(anna.Email, (string?)(await anna.GetAsync($"contacts/{contact["contactId"]}"))["value"]);
        (await (await installation.ServiceAsync()).GetAsync(anna.Path($"contacts/{contact["contactId"]}"), installation.Token(Roles.Auditor))).Problem(403);
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var find = source.CreateCommand("select count(*) from mt_events where data::text ilike '%' || $1 || '%'");
        find.Parameters.AddWithValue(anna.Email);
        Assert.Equal(0L, await find.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task An_administrator_comes_from_a_listed_address_valid_then_and_the_address_is_nowhere_kept()
    {
        var octet = Random.Shared.Next(1, 250).ToString(CultureInfo.InvariantCulture);
        var (v4, v6) = ($"10.{octet}.7.0/24", $"2001:db8:{octet}::/48");
        var v4Range = await ListAsync(v4, Now().AddDays(-1));
        await ListAsync(v6, Now().AddDays(-1), Now().AddDays(1));
        await ListAsync($"10.{octet}.8.0/24", Now().AddDays(1));
        await ListAsync($"10.{octet}.9.0/24", Now().AddDays(-2), Now().AddDays(-1));

        JsonNode? listed = null;
        foreach (var address in new[] { $"10.{octet}.7.33", $"::ffff:10.{octet}.7.33", $"2001:db8:{octet}::7" })
            Assert.DoesNotContain("address-not-allowed", Codes(listed = await AccessAsync(address)));
        foreach (var address in new[] { $"10.{octet}.8.33", $"10.{octet}.9.33", "192.0.2.10", "2001:db9::1", null })
            Assert.Contains("address-not-allowed", Codes(await AccessAsync(address)));

        var explained = (await (await installation.ServiceAsync()).GetAsync(Bg + $"decisions/{listed!["decisionId"]}/explanation", installation.Token(Roles.Officer))).Ok();
        Assert.Equal("identical", (string?)explained["replayed"]);
        Assert.Equal("network-address", (string?)Assert.Single(explained["facts"]!.AsArray())!["kind"]);
        Assert.DoesNotContain("2001:db8", explained.ToJsonString(), StringComparison.Ordinal);

        await PostAsync(Bg + $"network-addresses/{v4Range["addressId"]}/removal", Roles.Officer, "", HttpStatusCode.OK);
        Assert.Contains("address-not-allowed", Codes(await AccessAsync($"10.{octet}.7.33")));
    }

    [Fact]
    public async Task Access_follows_the_relations_to_an_account_that_are_valid_then()
    {
        var (anna, bo) = (await Customer.OfAsync(installation), await Customer.OfAsync(installation));
        var account = $"a-{Guid.CreateVersion7():n}";
        await RelateAsync(new { account, subject = anna.Subject, role = "primary", validFrom = Now().AddDays(-1) });
        await RelateAsync(new { account, subject = bo.Subject, role = "authorised", validFrom = Now().AddDays(-2), validTo = Now().AddDays(-1) });
        Assert.Equal("permit", (string?)(await AccountAsync(anna.Subject, account))["outcome"]);
        Assert.Equal("refuse", (string?)(await AccountAsync(bo.Subject, account))["outcome"]);

        var again = await RelateAsync(new { account = account.ToUpperInvariant(), subject = bo.Subject, role = "authorised", validFrom = Now().AddDays(-1).AddMinutes(1) });
        var permitted = await AccountAsync(bo.Subject, account);
        Assert.Equal("permit", (string?)permitted["outcome"]);
        await PostAsync(Al + $"account-relations/{again["relationId"]}/removal", Roles.System, "", HttpStatusCode.OK);
        Assert.Equal("refuse", (string?)(await AccountAsync(bo.Subject, account))["outcome"]);
        Assert.Equal("identical", (string?)(await anna.GetAsync($"decisions/{permitted["decisionId"]}/explanation"))["replayed"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task The_primary_holder_sees_a_sub_account_only_where_a_grant_is_recorded(bool withItsHolder)
    {
        var (anna, bo) = (await Customer.OfAsync(installation), await Customer.OfAsync(installation));
        var (account, granted, other) = ($"a-{Guid.CreateVersion7():n}", $"b-{Guid.CreateVersion7():n}", $"c-{Guid.CreateVersion7():n}");
        await RelateAsync(new { account, subject = anna.Subject, role = "primary", validFrom = Now().AddDays(-1) });
        await RelateAsync(new { account, subAccount = other, subject = bo.Subject, role = "sub-account", validFrom = Now().AddDays(-1) });
        if (withItsHolder)
            await RelateAsync(new { account, subAccount = granted, subject = bo.Subject, role = "sub-account", grantedBy = bo.Subject, validFrom = Now().AddDays(-1) });
        else
            await RelateAsync(new { account, subAccount = granted, subject = anna.Subject, role = "primary", grantedBy = "bo", validFrom = Now().AddDays(-1) });

        var seen = await AccountAsync(anna.Subject, granted);
        Assert.Equal("permit", (string?)seen["outcome"]);
        Assert.Equal("identical", (string?)(await anna.GetAsync($"decisions/{seen["decisionId"]}/explanation"))["replayed"]);
        Assert.Equal("refuse", (string?)(await AccountAsync(anna.Subject, other))["outcome"]);
        Assert.Equal("permit", (string?)(await AccountAsync(bo.Subject, other))["outcome"]);
        Assert.Equal("refuse", (string?)(await AccountAsync(bo.Subject, account))["outcome"]);
    }

    [Fact]
    public async Task Many_kinds_of_facts_are_read_for_one_batch_of_questions()
    {
        var anna = await Customer.OfAsync(installation);
        var account = $"a-{Guid.CreateVersion7():n}";
        await RelateAsync(new { account, subject = anna.Subject, role = "primary", validFrom = Now().AddDays(-1) });
        await anna.GiveAsync("own-marketing");
        var questions = new[] { anna.Question(), AccountQuestion(anna.Subject, account), anna.Question("targeting"), AccountQuestion(Number(), account) };
        var answers = (await (await installation.ServiceAsync()).PostAsync(anna.Path("decisions/batch"), anna.System, questions)).Ok().AsArray();
        Assert.Equal(["permit", "permit", "refuse", "refuse"], answers.Select(a => (string?)a!["outcome"]));
    }

    [Fact]
    public async Task A_controllers_systems_are_registered_at_first_start_once_by_however_many_replicas()
    {
        var service = await installation.ServiceAsync();
        await using var other = new ServiceProcess("Consent", installation.Environment);
        await other.ReadyAsync();
        await Until.TrueAsync(() => Task.FromResult(other.Output.Contains("Systems of record of netip: 0 of the 6", StringComparison.Ordinal)));
        var systems = (await service.GetAsync("/v1/netip/systems", installation.Token(Roles.Auditor))).Ok()["items"]!.AsArray();
        Assert.Equal(["billing", "case", "crm", "mail", "netflow", "vault"], systems.Select(s => (string?)s!["name"]).Order());
        Assert.Equal(["netflow"], systems.Where(s => !(bool)s!["encrypted"]!).Select(s => (string?)s!["name"]));
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand("select count(*) from mt_events where tenant_id = 'netip' and type = 'system-registered.v1'");
        Assert.Equal(6L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task A_system_that_a_later_policy_names_is_registered_and_what_an_officer_registered_stands()
    {
        var (service, controller, document) = (await installation.ServiceAsync(), $"c{Guid.CreateVersion7():n}", Pure.Document("almena"));
        await installation.PublishPolicyAsync(controller, 1, document, Now());
        await Until.TrueAsync(async () => (await SystemsAsync()).Count == 6);
        await PostAsync($"/v1/{controller}/systems", Roles.Officer, new { name = "crm", encrypted = false }, HttpStatusCode.Created);
        await installation.PublishPolicyAsync(controller, 2, document.Replace("\n  vault: {", "\n  archive: {encrypted: true, label: {sv: arkiv, en: archive}}\n  vault: {", StringComparison.Ordinal), Now());
        await Until.TrueAsync(async () => (await SystemsAsync()).Any(s => (string?)s!["name"] == "archive"));
        var systems = await SystemsAsync();
        Assert.Equal(7, systems.Count);
        Assert.False((bool?)systems.Single(s => (string?)s!["name"] == "crm")!["encrypted"]);

        async Task<JsonArray> SystemsAsync() => (await service.GetAsync($"/v1/{controller}/systems", installation.Token(Roles.Auditor))).Ok()["items"]!.AsArray();
    }

    [Fact]
    public async Task A_system_is_registered_changed_and_listed_as_of_then()
    {
        var service = await installation.ServiceAsync();
        var name = $"s{Guid.CreateVersion7():n}";
        await PostAsync(Al + "systems", Roles.Officer, new { name, encrypted = false, processor = "Example Hosting AB" }, HttpStatusCode.Created);
        var then = Now();
        await PostAsync(Al + "systems", Roles.Officer, new { name, encrypted = true }, HttpStatusCode.Created);
        Assert.True(await EncryptedAsync(""));
        Assert.False(await EncryptedAsync($"&asOf={then:O}".Replace("+00:00", "Z", StringComparison.Ordinal)));

        async Task<bool> EncryptedAsync(string query) =>
            (bool)(await service.GetAsync(Al + $"systems?limit=1000{query}", installation.Token(Roles.Officer))).Ok()["items"]!.AsArray().Single(s => (string?)s!["name"] == name)!["encrypted"]!;
    }

    [Fact]
    public async Task A_list_comes_by_pages()
    {
        var service = await installation.ServiceAsync();
        var names = new List<string?>();
        for (string? after = ""; after is not null;)
        {
            var page = (await service.GetAsync($"/v1/netip/systems?limit=4{after}", installation.Token(Roles.System))).Ok();
            names.AddRange(page["items"]!.AsArray().Select(s => (string?)s!["name"]));
            after = page["next"] is { } next ? $"&after={next}" : null;
        }
        Assert.Equal(6, names.Distinct(StringComparer.Ordinal).Count());
        Assert.Equal(6, names.Count);
        foreach (var (query, pointer) in new[] { ("limit=0", "#query/limit"), ("limit=x", "#query/limit"), ("after=-1", "#query/after"), ("asOf=then", "#query/asOf"), ("asOf=2999-01-01T00:00:00Z", "#query/asOf") })
            (await service.GetAsync($"/v1/netip/systems?{query}", installation.Token(Roles.System))).Problem(422, pointer);
    }

    [Theory]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"email","value":"none","agreedAt":"2026-01-01T00:00:00Z"}""", 422, "/value")]
    [InlineData("contacts", """{"subject":{"type":"email","value":"none"},"kind":"phone","value":"12","agreedAt":"2026-01-01T00:00:00Z"}""", 422, "/subject/value", "/value")]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"fax","value":"+4681234567","agreedAt":"2026-01-01T00:00:00Z"}""", 400)]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"email","value":"a@b.se","agreedAt":"2999-01-01T00:00:00Z"}""", 422, "/agreedAt")]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"email","value":"a@b.se","agreedAt":"2026-01-01T00:00:00"}""", 400)]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"email","value":"a\u0000@b.se","agreedAt":"2026-01-01T00:00:00Z"}""", 422, "/value")]
    [InlineData("contacts", """{"subject":{"type":"email","value":"a@b.se"},"kind":"email","value":"a@b.se"}""", 400)]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"owner","validFrom":"2026-01-01T00:00:00Z"}""", 400)]
    [InlineData("account-relations", """{"account":"","subject":{"type":"email","value":"a@b.se"},"role":"primary","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/account")]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"primary","validFrom":"2026-01-02T00:00:00Z","validTo":"2026-01-01T00:00:00Z"}""", 422, "/validTo")]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"primary","validFrom":"9999-12-31T23:59:59.9999999Z"}""", 422, "/validFrom")]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"sub-account","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/subAccount")]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"primary","grantedBy":7,"validFrom":"2026-01-01T00:00:00Z"}""", 400)]
    [InlineData("account-relations", """{"account":"a-7","subject":{"type":"email","value":"a@b.se"},"role":"primary","grantedBy":{"type":"email","value":"none"},"validFrom":"2026-01-01T00:00:00Z"}""", 422, "/grantedBy/value")]
    [InlineData("network-addresses", """{"cidr":"0.0.0.0/0","use":"administration","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/cidr")]
    [InlineData("network-addresses", """{"cidr":"192.0.2.1/24","use":"administration","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/cidr")]
    [InlineData("network-addresses", """{"cidr":"office","use":"administration","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/cidr")]
    [InlineData("network-addresses", """{"cidr":"192.0.2.0/24","use":"leisure","validFrom":"2026-01-01T00:00:00Z"}""", 422, "/use")]
    [InlineData("network-addresses", """{"cidr":"192.0.2.0/24","use":"administration","validFrom":"2026-01-02T00:00:00Z","validTo":"2026-01-01T00:00:00Z"}""", 422, "/validTo")]
    [InlineData("systems", """{"name":"C R M","encrypted":true}""", 422, "/name")]
    [InlineData("systems", """{"name":"crm"}""", 400)]
    [InlineData("systems", """{"name":"crm","encrypted":"yes"}""", 400)]
    public async Task What_cannot_be_registered_is_told_why_and_stores_nothing(string register, string body, int status, params string[] pointers)
    {
        var service = await installation.ServiceAsync();
        var token = installation.Token(register is "systems" or "network-addresses" ? Roles.Officer : Roles.System);
        var before = await Log.CountByCallersAsync(installation);
        (await service.PostAsync(Al + register, token, body)).Problem(status, pointers);
        Assert.Equal(before, await Log.CountByCallersAsync(installation));
    }

    [Theory]
    [InlineData("subjects/links", Roles.System)]
    [InlineData("contacts", Roles.System)]
    [InlineData("account-relations", Roles.System)]
    [InlineData("network-addresses", Roles.Officer)]
    public async Task Removing_what_is_not_there_is_not_found(string register, string role)
    {
        var service = await installation.ServiceAsync();
        foreach (var id in new[] { Guid.CreateVersion7().ToString(), "none" })
            (await service.PostAsync(Al + $"{register}/{id}/removal", installation.Token(role), "")).Problem(404);
    }

    [Fact]
    public async Task An_entry_of_another_controller_is_not_found()
    {
        var anna = await Customer.OfAsync(installation);
        var contact = await PostAsync(Al + "contacts", Roles.System, new { subject = anna.Subject, kind = "email", value = anna.Email, agreedAt = Now() }, HttpStatusCode.Created);
        var service = await installation.ServiceAsync();
        (await service.PostAsync(Bg + $"contacts/{contact["contactId"]}/removal", installation.Token(Roles.System), "")).Problem(404);
        (await service.GetAsync(Bg + $"contacts/{contact["contactId"]}", installation.Token(Roles.System))).Problem(404);
        (await service.PostAsync(Al + $"contacts/{contact["contactId"]}/removal", installation.Token(Roles.System, "netip"), "")).Problem(403);
        (await service.PostAsync(Al + $"contacts/{contact["contactId"]}/removal", installation.Token(Roles.System), """{"why":"so"}""")).Problem(400);
        (await service.PostAsync("/v1/nobody/systems", installation.Token(Roles.Officer), new { name = "crm", encrypted = true })).Problem(404);
    }

    [Fact]
    public async Task The_same_entry_recorded_by_many_at_once_is_one()
    {
        var anna = await Customer.OfAsync(installation);
        var body = new { account = $"a-{Guid.CreateVersion7():n}", subject = anna.Subject, role = "primary", validFrom = Now() };
        var ids = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => RelateAsync(body)));
        var id = Assert.Single(ids.Select(i => (string?)i["relationId"]).Distinct(StringComparer.Ordinal));
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var count = source.CreateCommand("select count(*) from mt_events where stream_id = $1");
        count.Parameters.AddWithValue($"account-relation-{id}");
        Assert.Equal(1L, await count.ExecuteScalarAsync(TestContext.Current.CancellationToken));
        (await (await installation.ServiceAsync()).PostAsync(Al + "account-relations", installation.Token(Roles.System), new { body.account, body.subject, body.role, validFrom = Now().AddDays(1) })).Problem(409, "/validFrom");
    }

    [Fact]
    public async Task Every_register_is_rebuilt_from_the_log_as_it_stands()
    {
        var (service, anna, number) = (await installation.ServiceAsync(), await Customer.OfAsync(installation), Number());
        for (var i = 0; i < 2; i++)
        {
            var link = await PostAsync(Al + "subjects/links", Roles.System, new { subjects = new[] { anna.Subject, number }, evidence = $"order {i}" }, HttpStatusCode.Created);
            await PostAsync(Al + "subjects/links", Roles.System, new { subjects = new[] { anna.Subject, number }, evidence = $"order {i} again" }, HttpStatusCode.Created);
            var contact = await PostAsync(Al + "contacts", Roles.System, new { subject = anna.Subject, kind = "email", value = anna.Email, agreedAt = Now() }, HttpStatusCode.Created);
            var relation = await RelateAsync(new { account = $"a-{i}-{Guid.CreateVersion7():n}", subject = anna.Subject, role = "primary", validFrom = Now(), validTo = Now().AddDays(1) });
            var address = await ListAsync($"10.{Random.Shared.Next(256)}.{Random.Shared.Next(256)}.{i}", Now());
            if (i == 0)
            {
                await PostAsync(Al + $"account-relations/{relation["relationId"]}/removal", Roles.System, "", HttpStatusCode.OK);
                await PostAsync(Bg + $"network-addresses/{address["addressId"]}/removal", Roles.Officer, "", HttpStatusCode.OK);
                await PostAsync(Al + $"subjects/links/{link["linkId"]}/removal", Roles.System, "", HttpStatusCode.OK);
                await PostAsync(Al + $"contacts/{contact["contactId"]}/removal", Roles.System, "", HttpStatusCode.OK);
            }
        }
        var gateway = installation.Token(Roles.Service);
        foreach (var (projection, table) in new[]
        {
            ("subject-links", "subject_link"), ("agreed-contacts", "agreed_contact"), ("account-relations", "account_relation"), ("network-addresses", "network_address"), ("registered-systems", "registered_system"),
        })
        {
            // What the service registers by itself while this goes on, of other tests' policies, lies after the head.
            var head = await Log.HeadAsync(installation);
            var before = await ContentAsync(table, head);
            Assert.NotEqual("", before);
            await Until.TrueAsync(async () => (await service.PostAsync($"/internal/projections/{projection}/rebuild", gateway, "")).Status == HttpStatusCode.OK);
            Assert.Equal(before, await ContentAsync(table, head));
        }
    }

    private async Task<object?> ContentAsync(string table, long upTo)
    {
        await using var source = Npgsql.NpgsqlDataSource.Create(installation.Database);
        await using var content = source.CreateCommand($"select coalesce(string_agg(t::text, E'\n' order by t::text), '') from {table} t where t.position <= $1");
        content.Parameters.AddWithValue(upTo);
        return await content.ExecuteScalarAsync(TestContext.Current.CancellationToken);
    }

    private static DateTimeOffset Now() => TimeProvider.System.GetUtcNow();

    private static object Number() => new { type = "customer-number", value = $"K-{Guid.CreateVersion7():n}" };

    private static object AccountQuestion(object who, string account) =>
        new { operation = "access", categories = new[] { "name" }, actor = new { kind = "user", subject = who, encrypted = true }, context = new { account } };

    private static IEnumerable<string?> Codes(JsonNode answer) => answer["reasons"]!.AsArray().Select(r => (string?)r!["code"]);

    private Task<JsonNode> NotifyAsync(object? subject, string to) =>
        PostAsync(Bg + "decisions", Roles.System, new { operation = "notify", purpose = "notification", categories = new[] { "technical-parameters" }, subject, context = new { to } }, HttpStatusCode.OK);

    private Task<JsonNode> AccessAsync(string? address) => PostAsync(
        Bg + "decisions", Roles.System, new { operation = "access", categories = new[] { "device-access" }, actor = new { kind = "employee", id = "nobody", encrypted = true, address } }, HttpStatusCode.OK);

    private Task<JsonNode> AccountAsync(object who, string account) => PostAsync(Al + "decisions", Roles.System, AccountQuestion(who, account), HttpStatusCode.OK);

    private Task<JsonNode> ListAsync(string cidr, DateTimeOffset validFrom, DateTimeOffset? validTo = null) =>
        PostAsync(Bg + "network-addresses", Roles.Officer, new { cidr, use = "administration", validFrom, validTo }, HttpStatusCode.Created);

    private Task<JsonNode> RelateAsync(object relation) => PostAsync(Al + "account-relations", Roles.System, relation, HttpStatusCode.Created);

    private async Task<JsonNode> PostAsync(string path, string role, object body, HttpStatusCode expected) =>
        (await (await installation.ServiceAsync()).PostAsync(path, installation.Token(role), body)).Ok(expected);
}

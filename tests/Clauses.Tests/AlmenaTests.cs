using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class AlmenaTests(Installation installation)
{
    private static readonly string[] Permission = ["own-marketing", "third-party-advertising", "targeting"];

    private static readonly string[] Others =
    [
        "service-provision", "content", "improvement", "support", "search", "diagnostics", "security-compliance", "site-administration", "communication", "personalisation",
    ];

    // The EEA of today.
    private static readonly string[] Eea =
    [
        "AT", "BE", "BG", "HR", "CY", "CZ", "DK", "EE", "FI", "FR", "DE", "GR", "HU", "IE", "IS", "IT", "LV", "LI", "LT", "LU", "MT", "NL", "NO", "PL", "PT", "RO", "SK", "SI", "ES", "SE",
    ];

    private static readonly string[] Categories =
    [
        "name", "company", "email", "phone", "billing-address", "location", "ip-address", "browser", "pages-visited", "referrer", "usage-metadata", "video-interaction", "support-issue", "device",
        "social-profile", "survey-answer",
    ];

    private static readonly string[] AccountData = ["name", "company", "email", "phone", "billing-address", "location", "payment-card"];
    private static readonly string[] VisitData = ["ip-address", "browser", "location", "pages-visited", "referrer", "usage-metadata", "video-interaction", "device"];
    private static readonly string[] BusinessCard = ["name", "company", "email", "phone"];

    // Which category may come from where, as the published text lists them.
    private static readonly Dictionary<string, string[]> Sources = new(StringComparer.Ordinal)
    {
        ["registration"] = AccountData, ["offer"] = AccountData, ["phone"] = [.. AccountData, "support-issue"], ["email"] = [.. AccountData, "support-issue"],
        ["use"] = [.. AccountData, .. VisitData, "support-issue"], ["payment"] = ["payment-card"], ["web-visit"] = VisitData, ["call"] = ["call-recording"],
        ["event"] = BusinessCard, ["public-source"] = BusinessCard, ["survey"] = ["survey-answer"],
    };

    private readonly Controller _almena = new(installation, "almena");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "almena"));

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_advertising_needs_consent_in_every_country_of_the_eea()
    {
        var questions = from country in Eea from purpose in Permission select new { purpose, categories = new[] { "email" }, subject = Controller.SomeSubject(), context = new { country } };
        Assert.All(await _almena.MayAllAsync("use", questions), a => a.ShouldRefuse("AL-3", "consent-missing"));
    }

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_a_country_that_is_not_told_is_taken_for_one_of_them() =>
        (await _almena.MayAsync("use", new { purpose = "own-marketing", categories = new[] { "email" }, subject = Controller.SomeSubject() })).ShouldRefuse("AL-3", "consent-missing");

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_consent_permits_and_its_withdrawal_stops_it_from_that_commit()
    {
        foreach (var purpose in Permission)
        {
            var subject = Controller.SomeSubject();
            var question = new { purpose, categories = new[] { "email" }, subject, context = new { country = "SE" } };
            var consent = await _almena.ConsentAsync(subject, purpose);
            Assert.Equal("needed", (string?)consent["purposes"]![0]!["effect"]);
            (await _almena.MayAsync("use", question)).ShouldPermit("AL-3");
            var withdrawn = await _almena.WithdrawAsync(consent);
            var refused = await _almena.MayAsync("use", question);
            refused.ShouldRefuse("AL-3", "consent-withdrawn");
            Assert.True((DateTimeOffset?)refused["evaluatedAt"] >= (DateTimeOffset?)withdrawn["withdrawnAt"]);
        }
    }

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_consent_to_one_purpose_is_none_to_another()
    {
        var subject = Controller.SomeSubject();
        await _almena.ConsentAsync(subject, "own-marketing");
        (await _almena.MayAsync("use", new { purpose = "targeting", categories = new[] { "email" }, subject, context = new { country = "SE" } })).ShouldRefuse("AL-3", "consent-missing");
    }

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_its_other_purposes_rest_on_legitimate_interest()
    {
        var questions = from purpose in Others from category in Categories select new { purpose, categories = new[] { category }, context = new { country = "SE" } };
        Assert.All(await _almena.MayAllAsync("use", questions), a => a.ShouldPermit("AL-3"));
    }

    [Fact]
    [Clause("AL-1")]
    public async Task AL_1_data_that_a_customer_controls_is_that_customers_affair()
    {
        foreach (var operation in new[] { "use", "collect" })
        {
            var answer = await _almena.MayAsync(operation, new { purpose = "support", categories = new[] { "email" }, source = "email", context = new { customerControlled = true, customer = "k-3" } });
            answer.ShouldRefuse("AL-1", "customer-controlled");
            Assert.Contains(answer["reasons"]!.AsArray(), r => ((string?)r!["text"])!.Contains("k-3", StringComparison.Ordinal));
        }
    }

    [Fact]
    [Clause("AL-4")]
    public async Task AL_4_trend_reports_are_made_of_anonymised_data_only()
    {
        (await _almena.MayAsync("use", new { purpose = "statistics", categories = Categories, anonymised = true })).ShouldPermit("AL-4");
        (await _almena.MayAsync("use", new { purpose = "statistics", categories = Categories })).ShouldRefuse("AL-4", "not-anonymised");
    }

    [Fact]
    [Clause("AL-5")]
    public async Task AL_5_payment_data_makes_the_payment_and_nothing_else()
    {
        var subject = Controller.SomeSubject();
        (await _almena.MayAsync("use", new { purpose = "payment", categories = new[] { "payment-card" }, subject })).ShouldPermit("AL-5");
        foreach (var purpose in Permission)
            await _almena.ConsentAsync(subject, purpose);
        var questions = Permission.Concat(Others).Concat(["statistics", "quality-control", "training", "own-protection"]).Select(purpose => new { purpose, categories = new[] { "payment-card" }, subject });
        Assert.All(await _almena.MayAllAsync("use", questions), a => a.ShouldRefuse("AL-5", "purpose-forbidden"));
    }

    [Fact]
    [Clause("AL-6")]
    public async Task AL_6_recorded_calls_serve_three_purposes_only()
    {
        foreach (var purpose in new[] { "quality-control", "training", "own-protection" })
            (await _almena.MayAsync("use", new { purpose, categories = new[] { "call-recording" } })).ShouldPermit("AL-6");
        var questions = Permission.Concat(Others).Append("payment").Append("statistics").Select(purpose => new { purpose, categories = new[] { "call-recording" } });
        Assert.All(await _almena.MayAllAsync("use", questions), a => a.ShouldRefuse("AL-6", "purpose-forbidden"));
    }

    [Fact]
    [Clause("AL-1")]
    public async Task AL_1_neither_is_it_looked_into_or_moved()
    {
        foreach (var operation in new[] { "access", "transfer", "link" })
            (await _almena.MayAsync(operation, new { categories = new[] { "email" }, actor = new { kind = "user" }, context = new { customerControlled = true, customer = "k-3" } })).ShouldRefuse("AL-1", "customer-controlled");
    }

    [Fact]
    [Clause("AL-2")]
    public async Task AL_2_each_category_comes_from_its_sources_and_from_no_others()
    {
        var asked = (from source in Sources.Keys from category in Categories.Concat(["payment-card", "call-recording"]) select (Source: source, Category: category)).ToArray();
        var answers = await _almena.MayAllAsync("collect", asked.Select(a => new { categories = new[] { a.Category }, source = a.Source }));
        foreach (var (one, answer) in asked.Zip(answers))
        {
            if (Sources[one.Source].Contains(one.Category))
                answer.ShouldPermit("AL-2");
            else
                answer.ShouldRefuse("AL-2", "source-not-listed");
        }
    }

    [Fact]
    [Clause("AL-2")]
    public async Task AL_2_a_source_that_is_not_listed_gives_nothing()
    {
        foreach (var source in new[] { "data-broker", null })
            (await _almena.MayAsync("collect", new { categories = new[] { "email" }, source })).ShouldRefuse("AL-2", "source-not-listed");
    }

    [Fact]
    [Clause("AL-2")]
    public async Task AL_2_a_social_network_gives_what_its_setting_allows()
    {
        var all = new[] { "name", "email", "social-profile" };
        (await _almena.MayAsync("collect", new { categories = all, source = "social-network", context = new { networkAllows = all } })).ShouldPermit("AL-2");
        var some = await _almena.MayAsync("collect", new { categories = all, source = "social-network", context = new { networkAllows = new[] { "name" } } });
        some.ShouldRefuse("AL-2");
        Assert.Equal(["name"], some["permittedCategories"]!.AsArray().Select(c => (string?)c));
        (await _almena.MayAsync("collect", new { categories = all, source = "social-network" })).ShouldRefuse("AL-2");
        (await _almena.MayAsync("collect", new { categories = new[] { "phone" }, source = "social-network", context = new { networkAllows = new[] { "phone" } } })).ShouldRefuse("AL-2");
    }

    [Fact]
    [Clause("AL-2")]
    public async Task AL_2_third_parties_data_needs_that_consent_on_record()
    {
        var subject = Controller.SomeSubject();
        object Question(params string[] categories) => new { categories, source = "third-party", subject };
        (await _almena.MayAsync("collect", Question("phone"))).ShouldRefuse("AL-2", "consent-missing");
        var consent = await _almena.ConsentAsync(subject, "third-party-collection");
        (await _almena.MayAsync("collect", Question([.. Categories, "call-recording"]))).ShouldPermit("AL-2");
        (await _almena.MayAsync("collect", Question("payment-card"))).ShouldRefuse("AL-2", "source-not-listed");
        await _almena.WithdrawAsync(consent);
        (await _almena.MayAsync("collect", Question("phone"))).ShouldRefuse("AL-2", "consent-withdrawn");
    }

    [Fact]
    [Clause("AL-3")]
    public async Task AL_3_consent_and_its_withdrawal_hold_for_every_identifier_of_the_person()
    {
        var (mail, number) = (Controller.SomeSubject(), Controller.SomeCustomerNumber());
        var question = new { purpose = "own-marketing", categories = new[] { "email" }, subject = number, context = new { country = "SE" } };
        var consent = await _almena.ConsentAsync(mail, "own-marketing");
        (await _almena.MayAsync("use", question)).ShouldRefuse("AL-3", "consent-missing");
        await _almena.LinkAsync(mail, number);
        (await _almena.MayAsync("use", question)).ShouldPermit("AL-3");
        await _almena.WithdrawAsync(consent);
        (await _almena.MayAsync("use", question)).ShouldRefuse("AL-3", "consent-withdrawn");
    }

    [Fact]
    [Clause("AL-8", Part = "access and use")]
    public async Task AL_8_an_account_is_seen_along_recorded_relations_only()
    {
        var (holder, authorised, stranger, account) = (Controller.SomeSubject(), Controller.SomeSubject(), Controller.SomeSubject(), SomeAccount());
        await RelateAsync(new { account, subject = holder, role = "primary", validFrom = await InDaysAsync(-1) });
        await RelateAsync(new { account, subject = authorised, role = "authorised", validFrom = await InDaysAsync(-1), validTo = await InDaysAsync(1) });
        foreach (var person in new[] { holder, authorised })
            (await SeeAsync(person, account)).ShouldPermit("AL-8");
        (await SeeAsync(stranger, account)).ShouldRefuse("AL-8", "relation-missing");
        (await SeeAsync(holder, SomeAccount())).ShouldRefuse("AL-8", "relation-missing");
        (await _almena.MayAsync("access", new { categories = new[] { "name" }, actor = new { kind = "supplier", subject = holder, encrypted = true }, context = new { account } })).ShouldRefuse("AL-8");
    }

    [Fact]
    [Clause("AL-8", Part = "access and use")]
    public async Task AL_8_a_relation_counts_while_it_is_valid()
    {
        var (past, future, removed, account) = (Controller.SomeSubject(), Controller.SomeSubject(), Controller.SomeSubject(), SomeAccount());
        await RelateAsync(new { account, subject = past, role = "authorised", validFrom = await InDaysAsync(-9), validTo = await InDaysAsync(-1) });
        await RelateAsync(new { account, subject = future, role = "authorised", validFrom = await InDaysAsync(1) });
        var relation = await RelateAsync(new { account, subject = removed, role = "authorised", validFrom = await InDaysAsync(-1) });
        (await SeeAsync(removed, account)).ShouldPermit("AL-8");
        await _almena.PostAsync($"account-relations/{(string?)relation["relationId"]}/removal", new JsonObject(), HttpStatusCode.OK);
        foreach (var person in new[] { past, future, removed })
            (await SeeAsync(person, account)).ShouldRefuse("AL-8", "relation-missing");
    }

    [Fact]
    [Clause("AL-8", Part = "access and use")]
    public async Task AL_8_the_primary_holder_sees_the_sub_accounts_it_has_been_given()
    {
        var (holder, other, account, given, kept) = (Controller.SomeSubject(), Controller.SomeSubject(), SomeAccount(), SomeAccount(), SomeAccount());
        await RelateAsync(new { account, subject = holder, role = "primary", validFrom = await InDaysAsync(-1) });
        await RelateAsync(new { account, subAccount = given, subject = other, role = "sub-account", grantedBy = other, validFrom = await InDaysAsync(-1) });
        await RelateAsync(new { account, subAccount = kept, subject = other, role = "sub-account", validFrom = await InDaysAsync(-1) });
        (await SeeAsync(holder, given)).ShouldPermit("AL-8");
        (await SeeAsync(holder, kept)).ShouldRefuse("AL-8", "relation-missing");
        (await SeeAsync(other, kept)).ShouldPermit("AL-8");
        (await SeeAsync(other, account)).ShouldRefuse("AL-8", "relation-missing");
    }

    [Fact]
    [Clause("AL-8", Part = "access and use")]
    public async Task AL_8_a_person_is_known_by_each_of_their_identifiers()
    {
        var (mail, number, account) = (Controller.SomeSubject(), Controller.SomeCustomerNumber(), SomeAccount());
        await RelateAsync(new { account, subject = mail, role = "primary", validFrom = await InDaysAsync(-1) });
        var link = await _almena.LinkAsync(mail, number);
        (await SeeAsync(number, account)).ShouldPermit("AL-8");
        await _almena.PostAsync($"subjects/links/{(string?)link["linkId"]}/removal", new JsonObject(), HttpStatusCode.OK);
        (await SeeAsync(number, account)).ShouldRefuse("AL-8", "relation-missing");
    }

    [Fact]
    [Clause("AL-8", Part = "access and use")]
    public async Task AL_8_data_about_authorised_users_serves_three_purposes_only()
    {
        object Question(string purpose) => new { purpose, categories = new[] { "name" }, context = new { aboutAuthorisedUser = true, country = "US" } };
        foreach (var purpose in new[] { "service-provision", "support", "own-marketing" })
            (await _almena.MayAsync("use", Question(purpose))).ShouldPermit("AL-3");
        var others = Others.Except(["service-provision", "support"]).Concat(["third-party-advertising", "targeting", "statistics", "payment", "quality-control", "training", "own-protection"]);
        Assert.All(await _almena.MayAllAsync("use", others.Select(Question)), a => a.ShouldRefuse("AL-8", "purpose-forbidden"));
    }

    [Fact]
    [Clause("AL-10", Part = "transfer")]
    public async Task AL_10_data_leaves_the_EEA_only_with_a_safeguard()
    {
        foreach (var destination in Eea)
            (await _almena.MayAsync("transfer", new { categories = new[] { "email" }, context = new { destination } })).ShouldPermit("AL-10");
        foreach (var destination in new[] { "US", "CH", "GB", "PA" })
            (await _almena.MayAsync("transfer", new { categories = new[] { "email" }, context = new { destination } })).ShouldRefuse("AL-10", "safeguard-missing");
    }

    [Fact]
    [Clause("AL-10", Part = "transfer")]
    public async Task AL_10_a_recipient_with_a_safeguard_gets_data_in_its_own_country()
    {
        var recipient = await _officer.RecipientAsync("subcontractor", "US", "standard-contractual-clauses");
        await _officer.EffectiveAsync(OfficersRegisters.Path(recipient), r => r["effectiveAt"]);
        (await TransferAsync(recipient, "US")).ShouldPermit("AL-10");
        (await TransferAsync(recipient, "CN")).ShouldRefuse("AL-10", "safeguard-missing");
        (await TransferAsync(await _officer.RecipientAsync("subcontractor", "US"), "US")).ShouldRefuse("AL-10", "safeguard-missing");
    }

    [Fact]
    [Clause("AL-11", Part = "access")]
    public async Task AL_11_an_employee_with_an_access_right_reads_over_an_encrypted_channel()
    {
        var employee = await _officer.EmployeeAsync("email");
        (await ReadAsync(employee, "email", encrypted: true)).ShouldPermit("AL-11");
        (await ReadAsync(employee, "email", encrypted: false)).ShouldRefuse("AL-11", "not-encrypted");
        (await ReadAsync(employee, "phone", encrypted: true)).ShouldRefuse("AL-11", "access-right-missing");
        (await ReadAsync(await _officer.RecipientAsync("employee"), "email", encrypted: true)).ShouldRefuse("AL-11", "access-right-missing");
    }

    private Task<JsonNode> ReadAsync(JsonNode employee, string category, bool encrypted) =>
        _almena.MayAsync("access", new { categories = new[] { category }, actor = new { kind = "employee", id = (string?)employee["recipientId"], encrypted } });

    private Task<JsonNode> TransferAsync(JsonNode recipient, string destination) =>
        _almena.MayAsync("transfer", new { categories = new[] { "email" }, actor = new { kind = "supplier", id = (string?)recipient["recipientId"] }, context = new { destination } });

    private Task<JsonNode> RelateAsync(object relation) => _almena.RegisterAsync("account-relations", relation);

    private Task<JsonNode> SeeAsync(JsonObject who, string account) =>
        _almena.MayAsync("access", new { categories = new[] { "name", "email" }, actor = new { kind = "user", subject = who, encrypted = true }, context = new { account } });

    private static string SomeAccount() => $"A-{Guid.CreateVersion7():n}";

    private async Task<DateTimeOffset> InDaysAsync(int days) => (await _almena.NowAsync()).AddDays(days);
}

using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

[Collection(Alone.Name)]
public sealed class PrivateAlpsTests(Installation installation)
{
    private static readonly string[] Contacts = ["technical-contact", "network-contact", "billing-contact", "abuse-contact"];
    private static readonly string[] Others = ["payment-card", "server-content", "database", "stored-email", "web-history", "storage-file", "vpn-log", "other-entrusted"];

    private readonly Controller _alps = new(installation, "privatealps");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "privatealps"));
    private readonly Publishing _policy = new(installation, "privatealps");

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_name_and_email_are_collected_when_ordering_or_registering()
    {
        foreach (var source in new[] { "order", "registration" })
            (await _alps.MayAsync("collect", new { categories = new[] { "name", "email" }, source })).ShouldPermit("PA-1");
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_nothing_else_is_collected_there()
    {
        var answers = await _alps.MayAllAsync("collect", from source in new[] { "order", "registration" } from category in Others select new { categories = new[] { category }, source });
        Assert.All(answers, a => Assert.Equal("refuse", (string?)a["outcome"]));
        Assert.All(answers.Where((_, i) => i % Others.Length > 0), a => a.ShouldRefuse("PA-1"));
        (await _alps.MayAsync("collect", new { categories = new[] { "name" }, source = "newsletter" })).ShouldRefuse("PA-1", "source-not-listed");
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_a_question_is_permitted_whole_or_says_what_a_narrower_one_would_get()
    {
        var answer = await _alps.MayAsync("collect", new { categories = new[] { "name", "email", "payment-card" }, source = "order" });
        Assert.Equal("refuse", (string?)answer["outcome"]);
        Assert.Equal(["name", "email"], answer["permittedCategories"]!.AsArray().Select(c => (string?)c));
    }

    [Fact]
    [Clause("PA-1")]
    public async Task PA_1_they_are_used_to_contact_the_customer_and_for_nothing_else()
    {
        foreach (var purpose in Contacts)
            (await _alps.MayAsync("use", new { categories = new[] { "name", "email" }, purpose, subject = Controller.SomeSubject() })).ShouldPermit("PA-1");
        (await _alps.MayAsync("use", new { categories = new[] { "name", "email" }, purpose = "abuse-investigation" })).ShouldRefuse("PA-1");
    }

    [Fact]
    [Clause("PA-3", Part = "use")]
    public async Task PA_3_entrusted_data_is_used_for_nothing_but_an_open_investigation_of_abuse()
    {
        var entrusted = Others.Except(["payment-card"]).ToArray();
        foreach (var answer in await _alps.MayAllAsync("use", from purpose in Contacts from category in entrusted select new { purpose, categories = new[] { category } }))
            answer.ShouldRefuse("PA-3");
        (await InvestigateAsync(null)).ShouldRefuse("PA-3", "case-missing");
        (await InvestigateAsync("no-such-case")).ShouldRefuse("PA-3", "case-missing");

        var reference = await _officer.CaseAsync("abuse-investigation");
        foreach (var category in entrusted)
            (await InvestigateAsync(reference, category: category)).ShouldPermit("PA-3");
        await _officer.CloseAsync(reference);
        (await InvestigateAsync(reference)).ShouldRefuse("PA-3", "case-missing");
    }

    [Fact]
    [Clause("PA-3", Part = "use")]
    public async Task PA_3_another_kind_of_case_opens_nothing() =>
        (await InvestigateAsync(await _officer.CaseAsync("preservation"))).ShouldRefuse("PA-3", "case-missing");

    [Fact]
    [Clause("PA-3", Part = "use")]
    public async Task PA_3_an_investigation_of_some_covers_them_by_each_of_their_identifiers_and_nobody_else()
    {
        var (mail, number) = (Controller.SomeSubject(), Controller.SomeCustomerNumber());
        var reference = await _officer.CaseAsync("abuse-investigation", mail);
        (await InvestigateAsync(reference, mail)).ShouldPermit("PA-3");
        (await InvestigateAsync(reference, number)).ShouldRefuse("PA-3", "case-missing");
        (await InvestigateAsync(reference)).ShouldRefuse("PA-3", "case-missing");
        await _alps.LinkAsync(mail, number);
        (await InvestigateAsync(reference, number)).ShouldPermit("PA-3");
    }

    [Fact]
    [Clause("PA-4", Part = "access")]
    public async Task PA_4_people_with_an_access_right_that_day_read_over_an_encrypted_channel()
    {
        var employee = await _officer.EmployeeAsync("email");
        await _officer.SignAsync(employee, "nda");
        (await ReadAsync(employee, "employee", "email")).ShouldPermit("PA-4");
        (await ReadAsync(employee, "employee", "email", encrypted: false)).ShouldRefuse("PA-4", "not-encrypted");
        (await ReadAsync(employee, "employee", "name")).ShouldRefuse("PA-4", "access-right-missing");
        foreach (var other in new[] { await _officer.EmployeeAsync("email", -9, -1), await _officer.EmployeeAsync("email", 3650) })
        {
            await _officer.SignAsync(other, "nda");
            (await ReadAsync(other, "employee", "email")).ShouldRefuse("PA-4", "access-right-missing");
        }
    }

    [Fact]
    [Clause("PA-5")]
    public async Task PA_5_staff_read_nothing_before_they_have_signed()
    {
        var employee = await _officer.EmployeeAsync("email");
        (await ReadAsync(employee, "employee", "email")).ShouldRefuse("PA-5", "agreement-missing");
        await _officer.SignAsync(employee, "dpa");
        (await ReadAsync(employee, "employee", "email")).ShouldRefuse("PA-5", "agreement-missing");
        await _officer.SignAsync(employee, "nda");
        (await ReadAsync(employee, "employee", "email")).ShouldPermit("PA-4");
    }

    [Fact]
    [Clause("PA-5")]
    public async Task PA_5_an_employees_NDA_has_no_end()
    {
        var fault = await _officer.MayNotSignAsync(await _officer.RecipientAsync("employee"), "nda", endsInDays: 365);
        Assert.Equal(("agreement-ends", "PA-5", "/expiresAt"), ((string?)fault["code"], (string?)fault["rule"], (string?)fault["pointer"]));
    }

    [Fact]
    [Clause("PA-6", Part = "access and registration")]
    public async Task PA_6_a_supplier_signs_an_NDA_before_any_business_agreement_and_reads_nothing_all_the_same()
    {
        var supplier = await _officer.RecipientAsync("supplier");
        var fault = await _officer.MayNotSignAsync(supplier, "business");
        Assert.Equal(("agreement-order", "PA-6", "/type"), ((string?)fault["code"], (string?)fault["rule"], (string?)fault["pointer"]));
        await _officer.SignAsync(supplier, "nda");
        await _officer.SignAsync(supplier, "business");
        (await ReadAsync(supplier, "supplier", "email")).ShouldRefuse("PA-6", "category-forbidden");
        (await ReadAsync(supplier, "employee", "email")).ShouldRefuse("PA-5", "agreement-missing");
    }

    private Task<JsonNode> InvestigateAsync(string? reference, JsonObject? subject = null, string category = "vpn-log") =>
        _alps.MayAsync("use", new { purpose = "abuse-investigation", categories = new[] { category }, subject, @case = reference });

    private Task<JsonNode> ReadAsync(JsonNode actor, string kind, string category, bool encrypted = true) =>
        _alps.MayAsync("access", new { categories = new[] { category }, actor = new { kind, id = (string?)actor["recipientId"], encrypted } });

    [Fact]
    [Clause("PA-2", Part = "collect")]
    public async Task PA_2_card_details_are_never_collected()
    {
        var subject = Controller.SomeSubject();
        foreach (var purpose in Contacts)
            await _alps.ConsentAsync(subject, purpose);
        var questions = new[] { "order", "registration", "telephone" }.SelectMany(source => new object[]
        {
            new { categories = new[] { "payment-card" }, source },
            new { categories = new[] { "payment-card" }, source, subject, purpose = "billing-contact" },
            new { categories = new[] { "payment-card" }, source, anonymised = true },
            new { categories = new[] { "payment-card" }, source, exception = new { ground = "legal-claim", reference = "17" } },
        });
        Assert.All(await _alps.MayAllAsync("collect", questions), a => a.ShouldRefuse("PA-2", "category-forbidden"));
        var uses = Contacts.Append("abuse-investigation").Select(purpose => new { categories = new[] { "payment-card" }, purpose, subject });
        Assert.All(await _alps.MayAllAsync("use", uses), a => a.ShouldRefuse("PA-2", "category-forbidden"));
    }

    [Fact]
    [Clause("PA-8")]
    public Task PA_8_a_version_decides_nothing_before_its_publication() => PublicationBeforeEffect.HoldsAsync(
        _alps, _policy, () => _alps.MayAsync("collect", new { categories = new[] { "name" }, source = "order" }), "PA-8");

    [Fact]
    [Clause("PA-8")]
    public async Task PA_8_a_version_takes_effect_at_its_publication_if_nothing_else_is_said()
    {
        var published = await _policy.PublishAsync(await _policy.DraftAsync());
        Assert.Equal((string?)published["publishedAt"], (string?)published["effectiveFrom"]);
        Assert.Contains("PA-8", await _policy.NoticeAsync("in-force", "en"), StringComparison.Ordinal);
    }
}

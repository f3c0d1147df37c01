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

    private readonly Controller _almena = new(installation, "almena");

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
}

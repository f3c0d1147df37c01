using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

/// <summary>What may be held and until when: the plans of all five controllers, through the gateway.</summary>
public sealed class RetentionPlanTests(Installation installation)
{
    private readonly Controller _alps = new(installation, "privatealps");
    private readonly Controller _netip = new(installation, "netip");
    private readonly Controller _dv = new(installation, "did-virtual-numbers");
    private readonly Controller _almena = new(installation, "almena");
    private readonly Controller _bg = new(installation, "bg-network-services");

    [Fact]
    [Clause("PA-2")]
    public async Task PA_2_card_details_are_not_held()
    {
        var error = await RefusedAsync(_alps, Holding("billing", "payment-card", "billing-contact"));
        Assert.Equal(("PA-2", "category-forbidden"), error);
        await HoldAsync(_alps, Holding("crm", "name", "billing-contact"));
    }

    [Fact]
    [Clause("DV-3")]
    public async Task DV_3_no_financial_data_is_held()
    {
        foreach (var category in new[] { "payment-card", "bank-account" })
            Assert.Equal(("DV-3", "category-forbidden"), await RefusedAsync(_dv, Holding("billing", category, "service-operation")));
    }

    [Fact]
    [Clause("NI-1")]
    public async Task NI_1_a_traffic_log_is_kept_28_calendar_days_to_the_same_local_time_and_visitors_leave_nothing()
    {
        // Summer time ends in between.
        var log = await HoldAsync(_netip, Holding("netflow", "network-log", "network-operation", "2025-10-10T08:00:00Z"));
        Assert.Equal(("NI-1", At("2025-11-07T09:00:00Z")), (Rule(log), Due(log)));
        Assert.Equal(("NI-1", "category-forbidden"), await RefusedAsync(_netip, Holding("crm", "visitor-data", "network-operation")));
    }

    [Fact]
    [Clause("NI-2")]
    public async Task NI_2_a_customers_data_is_kept_as_agreed_with_that_customer()
    {
        var customer = Some("k");
        var holding = Holding("crm", "customer-log", "service-delivery", "2025-01-31T12:00:00Z", customer);
        Assert.Equal(("NI-2", "retention-agreement-missing"), await RefusedAsync(_netip, holding));

        await AgreeAsync(customer, "P1M", "2025-01-01T00:00:00Z");
        var held = await HoldAsync(_netip, holding);
        Assert.Equal(("NI-2", At("2025-02-28T12:00:00Z")), (Rule(held), Due(held)));

        await AgreeAsync(customer, "P2M", "2025-02-01T00:00:00Z");
        Assert.Equal(At("2025-03-31T11:00:00Z"), Due(await ShowAsync(_netip, held)));
        var history = await _netip.GetAsync($"retention/agreements?customer={customer}", "officer");
        Assert.Equal(["P2M", "P1M"], history["items"]!.AsArray().Select(a => (string?)a!["keepFor"]));
        Assert.Equal(("NI-2", "retention-agreement-missing"), await RefusedAsync(_netip, Holding("crm", "customer-log", "service-delivery", customer: Some("other"))));
    }

    [Fact]
    [Clause("NI-11")]
    public async Task NI_11_mail_is_held_in_an_encrypted_system_only()
    {
        Assert.Equal(("NI-11", "system-not-encrypted"), await RefusedAsync(_netip, Holding("netflow", "mail-message", "service-delivery")));
        await HoldAsync(_netip, Holding("mail", "mail-message", "service-delivery"));
    }

    [Fact]
    [Clause("DV-6")]
    public async Task DV_6_data_is_kept_until_the_last_of_its_purposes_ends()
    {
        var customer = Some("k");
        var holding = Holding("crm", "account-data", "service-operation", "2025-01-01T00:00:00Z", customer);
        holding["purposes"] = new JsonArray("service-operation", "service-notice");
        var held = await HoldAsync(_dv, holding);
        Assert.Equal(("DV-6", null, "purpose-ended"), (Rule(held), Due(held), Assert.Single(Waits(held))));

        await TellAsync(_dv, "purpose-ended", "2025-03-01T00:00:00Z", customer, "service-notice");
        Assert.Null(Due(await ShowAsync(_dv, held)));
        await TellAsync(_dv, "purpose-ended", "2025-02-01T00:00:00Z", customer, "service-operation");
        Assert.Equal(At("2025-03-01T00:00:00Z"), Due(await ShowAsync(_dv, held)));
    }

    [Fact]
    [Clause("BG-5")]
    public async Task BG_5_interaction_data_goes_when_the_operating_need_ends()
    {
        var customer = Some("k");
        var held = await HoldAsync(_bg, Holding("netflow", "device-interaction", "operation", "2025-01-01T00:00:00Z", customer));
        Assert.Equal(("BG-5", null), (Rule(held), Due(held)));
        await TellAsync(_bg, "purpose-ended", "2025-02-01T00:00:00Z", customer, "operation");
        Assert.Equal(("BG-5", At("2025-02-01T00:00:00Z")), (Rule(await ShowAsync(_bg, held)), Due(await ShowAsync(_bg, held))));
    }

    [Fact]
    [Clause("BG-10")]
    public async Task BG_10_access_data_of_customers_own_devices_goes_on_payment_or_when_the_warranty_ends_whichever_is_first()
    {
        foreach (var (paid, expired) in new[] { ("2025-03-01T00:00:00Z", "2025-06-01T00:00:00Z"), ("2025-09-01T00:00:00Z", "2025-06-01T00:00:00Z") })
        {
            var customer = Some("k");
            var own = Holding("crm", "device-access", "technical-service", "2025-01-01T00:00:00Z", customer);
            own["attributes"] = new JsonObject { ["customerOwned"] = true };
            var held = await HoldAsync(_bg, own);
            var ours = await HoldAsync(_bg, Holding("crm", "device-access", "technical-service", "2025-01-01T00:00:00Z", customer));
            await TellAsync(_bg, "service-paid", paid, customer);
            await TellAsync(_bg, "warranty-expired", expired, customer);
            var shown = await ShowAsync(_bg, held);
            Assert.Equal(("BG-10", At(string.CompareOrdinal(paid, expired) < 0 ? paid : expired)), (Rule(shown), Due(shown)));
            Assert.Null(Due(await ShowAsync(_bg, ours)));
        }
    }

    [Fact]
    [Clause("BG-11")]
    public async Task BG_11_nothing_is_kept_on_customers_who_ended_the_service_and_have_paid()
    {
        foreach (var order in new[] { new[] { "service-ended", "fully-paid" }, ["fully-paid", "service-ended"] })
        {
            var customer = Some("k");
            // The first is told before anything is held.
            Assert.Equal(0, await TellAsync(_bg, order[0], "2025-03-01T00:00:00Z", customer));
            var held = await HoldAsync(_bg, Holding("crm", "service-usage", "operation", "2025-01-01T00:00:00Z", customer));
            Assert.Equal((null, order[1]), (Due(held), Assert.Single(Waits(held))));
            Assert.Equal(1, await TellAsync(_bg, order[1], "2025-04-01T00:00:00Z", customer));
            Assert.Equal(1, await TellAsync(_bg, order[1], "2025-04-01T00:00:00Z", customer));
            var shown = await ShowAsync(_bg, held);
            Assert.Equal(("BG-11", At("2025-04-01T00:00:00Z")), (Rule(shown), Due(shown)));
        }
    }

    [Fact]
    [Clause("LAW-5", Part = "plans")]
    public async Task LAW_5_where_no_period_is_promised_data_goes_with_its_last_purpose_and_is_reviewed_meanwhile()
    {
        var customer = Some("k");
        var held = await HoldAsync(_almena, Holding("crm", "name", "support", "2024-02-29T12:00:00Z", customer));
        Assert.Equal(("LAW-5", null, At("2025-02-28T12:00:00Z")), (Rule(held), Due(held), Instant(held, "reviewAt")));
        await TellAsync(_almena, "purpose-ended", "2025-04-01T00:00:00Z", customer);
        Assert.Equal(("LAW-5", At("2025-04-01T00:00:00Z")), (Rule(await ShowAsync(_almena, held)), Due(await ShowAsync(_almena, held))));
        var purposeless = Holding("crm", "name", "support");
        purposeless["purposes"] = new JsonArray();
        await _almena.PostAsync("holdings", purposeless, HttpStatusCode.UnprocessableEntity);
    }

    [Fact]
    [Clause("LAW-5", Part = "purposes that rest on consent")]
    public async Task LAW_5_what_is_held_on_a_consent_is_due_when_it_is_withdrawn_under_any_of_the_persons_names()
    {
        var (email, number) = (Controller.SomeSubject(), Controller.SomeCustomerNumber());
        await _almena.LinkAsync(email, number);
        var consent = await _almena.ConsentAsync(number, "own-marketing");
        var marketing = Holding("crm", "email", "own-marketing");
        marketing["subject"] = email.DeepClone();
        var held = await HoldAsync(_almena, marketing);
        var given = await Calls.EventuallyAsync(() => ShowAsync(_almena, held), shown => Steps(shown).Contains("consent-given", StringComparer.Ordinal), "the consent shows in the plan");
        Assert.Equal(("LAW-5", null), (Rule(given), Due(given)));

        var withdrawn = await _almena.WithdrawAsync(consent);
        var shown = await Calls.EventuallyAsync(() => ShowAsync(_almena, held), shown => Due(shown) is not null, "what rested on the consent is planned anew");
        Assert.Equal(("LAW-5", Instant(withdrawn, "withdrawnAt")), (Rule(shown), Due(shown)));
        Assert.Equal(["consent-withdrawn", "purpose-ended"], Steps(shown));

        await _almena.ConsentAsync(email, "own-marketing");
        await Calls.EventuallyAsync(() => ShowAsync(_almena, held), again => Due(again) is null, "a consent given anew lets it be held");
    }

    [Fact]
    [Clause("LAW-5", Part = "the policy's periods of the system's own records")]
    public async Task LAW_5_the_systems_own_records_have_periods_in_the_policy()
    {
        var policy = await _almena.GetTextAsync("policies/in-force", "officer", "application/yaml");
        Assert.All(
            new[] { "requests", "cases", "decisions", "access-record", "idempotency", "consents", "disclosures" },
            record => Assert.Matches($@"\{{clause: LAW-5, record: {record}, keep: P[0-9A-Z]+\}}", policy));
    }

    [Fact]
    [Clause("LAW-6c", Part = "plans")]
    public async Task LAW_6c_a_statutory_minimum_puts_the_end_off_and_is_cited()
    {
        var customer = Some("k");
        var holding = Holding("billing", "transaction-record", "legal-compliance", "2025-05-05T10:00:00Z", customer);
        holding["categories"] = new JsonArray("name", "transaction-record");
        var held = await HoldAsync(_netip, holding);
        await TellAsync(_netip, "purpose-ended", "2025-06-01T00:00:00Z", customer);
        var shown = await ShowAsync(_netip, held);
        Assert.Equal(("LAW-6c", At("2032-12-31T23:00:00Z")), (Rule(shown), Due(shown)));
        Assert.Contains("1999:1078", (string?)shown["minimum"]!["reference"], StringComparison.Ordinal);
    }

    private static string Some(string prefix) => $"{prefix}-{Guid.CreateVersion7():n}";

    private static JsonObject Holding(string system, string category, string purpose, string? recordedAt = null, string? customer = null)
    {
        var holding = new JsonObject
        {
            ["subject"] = Controller.SomeSubject(), ["system"] = system, ["categories"] = new JsonArray(category), ["purposes"] = new JsonArray(purpose), ["reference"] = Some("r"),
        };
        if (recordedAt is not null)
            holding["recordedAt"] = recordedAt;
        if (customer is not null)
            holding["customer"] = customer;
        return holding;
    }

    private static Task<JsonNode> HoldAsync(Controller controller, JsonObject holding) => controller.PostAsync("holdings", holding, HttpStatusCode.Created);

    private static async Task<(string? Rule, string? Code)> RefusedAsync(Controller controller, JsonObject holding)
    {
        var error = Assert.Single((await controller.PostAsync("holdings", holding, HttpStatusCode.UnprocessableEntity))["errors"]!.AsArray())!;
        return ((string?)error["rule"], (string?)error["code"]);
    }

    private static Task<JsonNode> ShowAsync(Controller controller, JsonNode held) => controller.GetAsync($"holdings/{(string?)held["holdingId"]}", "auditor");

    private static async Task<int> TellAsync(Controller controller, string trigger, string at, string customer, string? purpose = null)
    {
        var body = new JsonObject { ["trigger"] = trigger, ["at"] = at, ["customer"] = customer };
        if (purpose is not null)
            body["purpose"] = purpose;
        return (int)(await controller.PostAsync("triggers", body, HttpStatusCode.OK))["affected"]!;
    }

    private Task<JsonNode> AgreeAsync(string customer, string keepFor, string agreedAt) => _netip.PostAsync(
        "retention/agreements",
        new JsonObject { ["customer"] = customer, ["categories"] = new JsonArray("customer-log"), ["keepFor"] = keepFor, ["agreedAt"] = agreedAt, ["reference"] = "contract-" + keepFor },
        HttpStatusCode.Created, "officer");

    private static IEnumerable<string> Steps(JsonNode held) => held["arithmetic"]!.AsArray().Single()!["steps"]!.AsArray().Select(step => (string)step!["step"]!);

    private static string? Rule(JsonNode held) => (string?)held["rule"];

    private static DateTimeOffset? Due(JsonNode held) => Instant(held, "dueAt");

    private static IEnumerable<string?> Waits(JsonNode held) => held["waitingFor"]!.AsArray().Select(w => (string?)w);

    private static DateTimeOffset? Instant(JsonNode node, string member) => (string?)node[member] is { } text ? At(text) : null;

    private static DateTimeOffset At(string instant) => DateTimeOffset.Parse(instant, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal);
}

using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using Integritet.SystemTests;

namespace Integritet.Clauses.Tests;

public sealed class BgNetworkServicesTests(Installation installation)
{
    private static readonly string[] Identity = ["name", "email", "phone"];
    private static readonly string[] Qualities = ["free", "specific", "informed", "unambiguous"];

    private readonly Controller _bg = new(installation, "bg-network-services");
    private readonly OfficersRegisters _officer = new(new Controller(installation, "bg-network-services"));

    [Fact]
    [Clause("BG-2", Part = "collect and use")]
    public async Task BG_2_name_email_and_phone_serve_technical_and_financial_service()
    {
        foreach (var purpose in new[] { "technical-service", "financial-service" })
            (await _bg.MayAsync("use", new { purpose, categories = Identity, subject = Controller.SomeSubject() })).ShouldPermit("BG-2");
    }

    [Fact]
    [Clause("BG-2", Part = "collect and use")]
    public async Task BG_2_other_purposes_are_refused_even_with_consent_on_record()
    {
        var subject = Controller.SomeSubject();
        await _bg.ConsentAsync(subject, "advertising");
        await _bg.ConsentAsync(subject, "terms", "order", Qualities);
        foreach (var purpose in new[] { "advertising", "terms", "operation", "notification", "service-personalisation" })
            foreach (var category in Identity)
                (await _bg.MayAsync("use", new { purpose, categories = new[] { category }, subject })).ShouldRefuse("BG-2");
    }

    [Fact]
    [Clause("BG-1")]
    public async Task BG_1_ordering_or_using_is_consent_when_its_four_qualities_are_evidenced()
    {
        foreach (var method in new[] { "order", "use" })
        {
            var consent = await _bg.ConsentAsync(Controller.SomeSubject(), "terms", method, Qualities);
            Assert.Equal(1, (int?)consent["policyVersion"]);
        }
    }

    [Fact]
    [Clause("BG-1")]
    public async Task BG_1_without_one_of_the_qualities_or_by_another_act_it_is_none()
    {
        foreach (var missing in Qualities)
        {
            var problem = await _bg.PostAsync("consents", Controller.Consent(Controller.SomeSubject(), "terms", "order", [.. Qualities.Where(q => q != missing)]), HttpStatusCode.UnprocessableEntity);
            var error = Assert.Single(problem["errors"]!.AsArray())!;
            Assert.Equal(("quality-missing", "BG-1"), ((string?)error["code"], (string?)error["rule"]));
        }
        var byPhone = await _bg.PostAsync("consents", Controller.Consent(Controller.SomeSubject(), "terms", "phone", Qualities), HttpStatusCode.UnprocessableEntity);
        Assert.Equal("BG-1", (string?)byPhone["errors"]![0]!["rule"]);
    }

    [Fact]
    [Clause("BG-4")]
    public async Task BG_4_customers_are_not_linked_to_online_identifiers()
    {
        foreach (var identity in Identity)
            foreach (var online in new[] { "ip-address", "cookie-id" })
                (await _bg.MayAsync("link", new { categories = new[] { identity, online } })).ShouldRefuse("BG-4", "link-forbidden");
    }

    [Fact]
    [Clause("BG-4")]
    public async Task BG_4_those_serve_only_to_personalise_the_service()
    {
        foreach (var online in new[] { "ip-address", "cookie-id" })
        {
            (await _bg.MayAsync("use", new { purpose = "service-personalisation", categories = new[] { online } })).ShouldPermit("BG-4");
            foreach (var purpose in new[] { "technical-service", "advertising", "operation" })
                (await _bg.MayAsync("use", new { purpose, categories = new[] { online } })).ShouldRefuse("BG-4");
        }
    }

    [Fact]
    [Clause("BG-2", Part = "collect and use")]
    public async Task BG_2_they_are_given_when_ordering_or_asking_for_support()
    {
        foreach (var source in new[] { "order", "support" })
            (await _bg.MayAsync("collect", new { categories = Identity, source })).ShouldPermit("BG-2");
        foreach (var source in new[] { "use", "monitoring", "data-broker", null })
            (await _bg.MayAsync("collect", new { categories = Identity, source })).ShouldRefuse("BG-2", "source-not-listed");
    }

    [Fact]
    [Clause("BG-3")]
    public async Task BG_3_messages_go_to_and_come_from_agreed_addresses_and_numbers_only()
    {
        var (customer, ops, phone) = (Controller.SomeCustomerNumber(), SomeAddress(), "+359 2 123 45 67");
        await AgreeAsync(customer, "email", ops);
        await AgreeAsync(customer, "phone", phone);
        foreach (var agreed in new[] { ops, ops.ToUpperInvariant(), phone, "0035921234567" })
        {
            (await NotifyAsync(customer, new { to = agreed })).ShouldPermit("BG-3");
            (await NotifyAsync(customer, new { from = agreed })).ShouldPermit("BG-3");
        }
        foreach (var other in new[] { SomeAddress(), "+35921234568", "postmaster" })
        {
            (await NotifyAsync(customer, new { to = other })).ShouldRefuse("BG-3", "contact-not-agreed");
            (await NotifyAsync(customer, new { from = other })).ShouldRefuse("BG-3", "contact-not-agreed");
        }
    }

    [Fact]
    [Clause("BG-3")]
    public async Task BG_3_another_customers_contact_is_none()
    {
        var ops = SomeAddress();
        await AgreeAsync(Controller.SomeCustomerNumber(), "email", ops);
        (await NotifyAsync(Controller.SomeCustomerNumber(), new { to = ops })).ShouldRefuse("BG-3", "contact-not-agreed");
    }

    [Fact]
    [Clause("BG-3")]
    public async Task BG_3_a_contact_counts_for_the_whole_person_until_it_is_removed()
    {
        var (number, mail, ops) = (Controller.SomeCustomerNumber(), Controller.SomeSubject(), SomeAddress());
        var contact = await AgreeAsync(mail, "email", ops);
        (await NotifyAsync(number, new { to = ops })).ShouldRefuse("BG-3", "contact-not-agreed");
        await _bg.LinkAsync(number, mail);
        (await NotifyAsync(number, new { to = ops })).ShouldPermit("BG-3");
        await _bg.PostAsync($"contacts/{(string?)contact["contactId"]}/removal", new JsonObject(), HttpStatusCode.OK);
        (await NotifyAsync(number, new { to = ops })).ShouldRefuse("BG-3", "contact-not-agreed");
    }

    [Fact]
    [Clause("BG-5", Part = "use")]
    public async Task BG_5_interaction_data_keeps_devices_running_and_does_nothing_else()
    {
        foreach (var category in new[] { "device-interaction", "technical-parameters" })
        {
            (await _bg.MayAsync("collect", new { categories = new[] { category }, source = "monitoring" })).ShouldPermit("BG-5");
            (await _bg.MayAsync("use", new { purpose = "operation", categories = new[] { category } })).ShouldPermit("BG-5");
            foreach (var purpose in new[] { "technical-service", "financial-service", "service-personalisation", "advertising", "terms" })
                (await _bg.MayAsync("use", new { purpose, categories = new[] { category } })).ShouldRefuse("BG-5", "purpose-forbidden");
        }
    }

    [Fact]
    [Clause("BG-6")]
    public async Task BG_6_what_goes_out_has_nothing_by_which_a_person_could_be_recognised()
    {
        var (customer, ops) = (Controller.SomeCustomerNumber(), SomeAddress());
        await AgreeAsync(customer, "email", ops);
        (await NotifyAsync(customer, new { to = ops })).ShouldPermit("BG-3");
        foreach (var identifying in new[] { "name", "email", "phone", "ip-address", "cookie-id" })
        {
            (await NotifyAsync(customer, new { to = ops }, identifying)).ShouldRefuse("BG-6", "identifying-content");
            (await NotifyAsync(customer, new { from = ops }, identifying)).ShouldPermit("BG-3");
        }
    }

    [Fact]
    [Clause("BG-7", Part = "access")]
    public async Task BG_7_a_customer_sees_the_data_on_its_own_services_over_an_encrypted_channel_only()
    {
        var (mail, number) = (Controller.SomeSubject(), Controller.SomeCustomerNumber());
        (await SeeOwnAsync(mail, mail, encrypted: true)).ShouldPermit("BG-7");
        (await SeeOwnAsync(mail, mail, encrypted: false)).ShouldRefuse("BG-7", "not-encrypted");
        (await SeeOwnAsync(mail, number, encrypted: true)).ShouldRefuse("BG-7");
        await _bg.LinkAsync(mail, number);
        (await SeeOwnAsync(mail, number, encrypted: true)).ShouldPermit("BG-7");
    }

    [Fact]
    [Clause("BG-8", Part = "access")]
    public async Task BG_8_devices_are_administered_from_fixed_addresses_over_encrypted_channels_only()
    {
        var net = Random.Shared.Next(0x10000).ToString("x", CultureInfo.InvariantCulture);
        await ListAsync($"2001:db8:{net}::/48", -1);
        await ListAsync($"2001:dba:{net}::/48", -9, -1);
        var technician = await _officer.EmployeeAsync("device-access");
        (await AdministerAsync($"2001:db8:{net}::7", encrypted: true, technician)).ShouldPermit("BG-8");
        (await AdministerAsync($"2001:db8:{net}::7", encrypted: false, technician)).ShouldRefuse("BG-8", "not-encrypted");
        (await AdministerAsync($"2001:db8:{net}::7", encrypted: true, await _officer.RecipientAsync("employee"))).ShouldRefuse("BG-8", "access-right-missing");
        foreach (var address in new[] { $"2001:dba:{net}::7", $"2001:dbb:{net}::7", "192.0.2.10", null })
            (await AdministerAsync(address, encrypted: true, technician)).ShouldRefuse("BG-8", "address-not-allowed");
    }

    private async Task<JsonNode> AgreeAsync(JsonObject subject, string kind, string value) =>
        await _bg.RegisterAsync("contacts", new { subject, kind, value, agreedAt = await _bg.NowAsync() });

    private Task<JsonNode> NotifyAsync(JsonObject subject, object context, string category = "technical-parameters") =>
        _bg.MayAsync("notify", new { purpose = "notification", categories = new[] { category }, subject, context });

    private Task<JsonNode> SeeOwnAsync(JsonObject subject, JsonObject actor, bool encrypted) =>
        _bg.MayAsync("access", new { categories = new[] { "service-usage", "service-data" }, subject, actor = new { kind = "user", subject = actor, encrypted } });

    private async Task<JsonNode> ListAsync(string cidr, int fromDays, int? toDays = null)
    {
        var now = await _bg.NowAsync();
        return await _bg.RegisterAsync("network-addresses", new { cidr, use = "administration", validFrom = now.AddDays(fromDays), validTo = toDays is { } days ? now.AddDays(days) : (DateTimeOffset?)null }, "officer");
    }

    private Task<JsonNode> AdministerAsync(string? address, bool encrypted, JsonNode technician) =>
        _bg.MayAsync("access", new { categories = new[] { "device-access" }, actor = new { kind = "employee", id = (string?)technician["recipientId"], encrypted, address } });

    private static string SomeAddress() => $"ops{Guid.CreateVersion7():n}@customer.example";
}

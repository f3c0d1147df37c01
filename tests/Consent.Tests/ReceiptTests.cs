using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Consent.Consents;
using Integritet.Consent.Receipts;
using static Integritet.Consent.Tests.Pure;

namespace Integritet.Consent.Tests;

public sealed class ReceiptTests
{
    // ISO/IEC TS 27560 with the GDPR profile of dpv-27560.
    private static readonly string[] Header = ["schema_version", "record_id", "pii_principal_id", "receipt_id"];

    private static readonly string[] Processing =
    [
        "privacy_notice", "language", "purposes", "lawful_basis", "pii_information", "pii_controllers", "collection_method", "processing_method", "storage_locations", "retention_period",
        "processing_locations", "geographic_restrictions", "jurisdiction", "recipient_third_parties", "withdrawal_method", "privacy_rights", "authority_party",
    ];

    private static readonly string[] Pii = ["pii_type", "pii_optional", "special_pii_category"];
    private static readonly string[] Party = ["party_id", "party_name", "party_address", "party_contact", "party_type", "party_role"];
    private static readonly string[] Event = ["event_time", "validity_duration", "entity_id", "event_type", "event_state"];

    [Fact]
    public void Every_mandatory_field_is_there()
    {
        var receipt = Receipt(Given("own-marketing", "targeting"), Withdrawn("targeting"));
        HasAll(receipt, Header);
        var processing = receipt["processing"]!.AsArray();
        Assert.Equal(2, processing.Count);
        Assert.All(processing, p =>
        {
            HasAll(p!, Processing);
            Assert.NotEmpty(p!["pii_information"]!.AsArray());
            Assert.All(p["pii_information"]!.AsArray(), pii => HasAll(pii!, Pii));
        });
        Assert.NotEmpty(receipt["parties"]!.AsArray());
        Assert.All(receipt["parties"]!.AsArray(), p => HasAll(p!, Party));
        Assert.Equal(2, receipt["events"]!.AsArray().Count);
        Assert.All(receipt["events"]!.AsArray(), e => HasAll(e!, Event));
    }

    [Fact]
    public void It_is_json_ld_of_the_gdpr_profile()
    {
        var receipt = Receipt(Given("own-marketing"));
        Assert.Equal("https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr", (string?)receipt["dct:conformsTo"]);
        Assert.Equal("https://w3id.org/dpv#", (string?)receipt["@context"]!["dpv"]);
        Assert.Equal("dpv:ConsentReceipt", (string?)receipt["@type"]);
    }

    [Fact]
    public void Every_field_has_a_meaning_in_the_context()
    {
        var receipt = Receipt(Given("own-marketing"));
        var terms = receipt["@context"]!.AsObject().Select(t => t.Key).ToHashSet(StringComparer.Ordinal);
        Assert.All(Fields(receipt).Where(f => !f.StartsWith('@') && !f.Contains(':', StringComparison.Ordinal)), field => Assert.Contains(field, terms));
    }

    [Fact]
    public void Each_state_is_a_term_of_the_data_privacy_vocabulary()
    {
        Assert.Equal(["dpv:ConsentGiven", "dpv:ConsentWithdrawn"], States(Receipt(Given("own-marketing"), Withdrawn("own-marketing"))));
        Assert.Equal(["dpv:ConsentRefused"], States(Receipt(Refused("own-marketing"))));
        Assert.Equal(["dpv:ConsentGiven", "dpv:ConsentExpired"], States(Receipt(Given("own-marketing") with { ExpiresAt = Now.AddSeconds(1) })));
    }

    [Fact]
    public void A_consent_that_expires_says_for_how_long_it_holds() =>
        Assert.Equal("P30D", (string?)Receipt(Given("own-marketing") with { ExpiresAt = Now.AddDays(30) })["events"]![0]!["validity_duration"]);

    [Fact]
    public void The_basis_decides_which_rights_there_are()
    {
        var needed = Receipt(Given("own-marketing"))["processing"]![0]!;
        Assert.Equal("eu-gdpr:A6-1-a", (string?)needed["lawful_basis"]);
        Assert.Contains("eu-gdpr:A7-3", needed["privacy_rights"]!.AsArray().Select(r => (string?)r));
        var contract = Receipt(Given("service-provision") with { Purposes = [new StatedPurpose("service-provision", ConsentEffect.None)] })["processing"]![0]!;
        Assert.Equal("eu-gdpr:A6-1-b", (string?)contract["lawful_basis"]);
        Assert.DoesNotContain("eu-gdpr:A7-3", contract["privacy_rights"]!.AsArray().Select(r => (string?)r));
    }

    [Fact]
    public void It_names_the_call_that_withdraws() =>
        Assert.Equal($"/v1/almena/consents/{ConsentId}/withdrawal", (string?)Receipt(Given("own-marketing"))["processing"]![0]!["withdrawal_method"]!["href"]);

    [Fact]
    public void What_the_rules_never_let_the_purpose_use_is_not_in_it()
    {
        var types = Receipt(Given("own-marketing"))["processing"]![0]!["pii_information"]!.AsArray().Select(p => (string?)p!["pii_type"]).ToArray();
        Assert.Contains("pd:EmailAddress", types);
        Assert.DoesNotContain("pd:PaymentCard", types);
    }

    [Fact]
    public void The_same_record_gives_the_same_receipt() =>
        Assert.Equal(Receipt(Given("own-marketing")).ToJsonString(), Receipt(Given("own-marketing")).ToJsonString());

    private static JsonNode Receipt(params ConsentEvent[] events)
    {
        var stamped = Stamped(events);
        var now = Now.AddHours(1);
        return JsonSerializer.SerializeToNode(IssueReceipt.Of(ConsentView.Of(stamped, now), stamped, Policy("almena"), now), ConsentReceipt.Json)!;
    }

    private static IEnumerable<string?> States(JsonNode receipt) => receipt["events"]!.AsArray().Select(e => (string?)e!["event_state"]);

    private static void HasAll(JsonNode node, string[] fields) => Assert.All(fields, field => Assert.NotNull(node[field]));

    private static IEnumerable<string> Fields(JsonNode? node) => node switch
    {
        JsonObject o => o.Where(p => p.Key != "@context").SelectMany(p => Fields(p.Value).Prepend(p.Key)),
        JsonArray a => a.SelectMany(Fields),
        _ => [],
    };
}

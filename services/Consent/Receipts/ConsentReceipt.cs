using System.Text.Json;
using System.Text.Json.Serialization;

namespace Integritet.Consent.Receipts;

/// <summary>
/// A consent receipt by ISO/IEC TS 27560 in its GDPR profile: the standard's own field names, which <see cref="Vocabulary"/> maps to the W3C Data Privacy Vocabulary, so that the document
/// is JSON-LD as it stands.
/// </summary>
public sealed record ConsentReceipt(string ReceiptId, string RecordId, string PiiPrincipalId, IReadOnlyList<Processing> Processing, IReadOnlyList<Party> Parties, IReadOnlyList<ConsentEventEntry> Events)
{
    /// <summary>The profile it follows.</summary>
    public const string Profile = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr";

    /// <summary>How receipts are written.</summary>
    public static JsonSerializerOptions Json { get; } = new(JsonSerializerDefaults.Web)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    [JsonPropertyName("@context"), JsonPropertyOrder(-3)]
    public IReadOnlyDictionary<string, object> Context { get; } = Vocabulary.Context;

    [JsonPropertyName("@id"), JsonPropertyOrder(-2)]
    public string Id => $"urn:integritet:receipt:{ReceiptId}";

    [JsonPropertyName("@type"), JsonPropertyOrder(-2)]
    public string Type => "dpv:ConsentReceipt";

    [JsonPropertyName("dct:conformsTo"), JsonPropertyOrder(-1)]
    public string ConformsTo => Profile;

    [JsonPropertyOrder(-1)]
    public string SchemaVersion => Profile;
}

/// <summary>Processing for one purpose.</summary>
public sealed record Processing(
    string PrivacyNotice, string Language, IReadOnlyList<Purpose> Purposes, string LawfulBasis, IReadOnlyList<PiiInformation> PiiInformation,
    IReadOnlyList<string> PiiControllers, string CollectionMethod, IReadOnlyList<string> ProcessingMethod, IReadOnlyList<string> StorageLocations, string RetentionPeriod,
    IReadOnlyList<string> ProcessingLocations, IReadOnlyList<string> GeographicRestrictions, string Jurisdiction, IReadOnlyList<string> RecipientThirdParties,
    WithdrawalMethod WithdrawalMethod, IReadOnlyList<string> PrivacyRights, string AuthorityParty)
{
    [JsonPropertyName("@type"), JsonPropertyOrder(-1)]
    public string Type => "dpv:Process";
}

/// <summary>A purpose: the controller's name for it, its words for people, and the DPV term.</summary>
public sealed record Purpose(string Name, string Label, [property: JsonPropertyName("@type")] string Type);

/// <summary>One category of data.</summary>
public sealed record PiiInformation(string PiiType, string Label, bool PiiOptional, bool SpecialPiiCategory);

/// <summary>How the consent is taken back: one call (LAW-7).</summary>
public sealed record WithdrawalMethod(string Href, string Method, string Contact);

/// <summary>The controller, a joint controller or the supervisory authority.</summary>
public sealed record Party(
    string PartyId, string PartyName, string PartyAddress, string PartyContact, IReadOnlyList<string> PartyType, string PartyRole);

/// <summary>One event of the consent's life.</summary>
public sealed record ConsentEventEntry(
    DateTimeOffset EventTime, string ValidityDuration, string EntityId, string EventType, string EventState, IReadOnlyList<string> Purposes);

/// <summary>The JSON-LD context.</summary>
internal static class Vocabulary
{
    public static IReadOnlyDictionary<string, object> Context { get; } = new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["dpv"] = "https://w3id.org/dpv#",
        ["pd"] = "https://w3id.org/dpv/pd#",
        ["eu-gdpr"] = "https://w3id.org/dpv/legal/eu/gdpr#",
        ["loc"] = "https://w3id.org/dpv/loc#",
        ["dct"] = "http://purl.org/dc/terms/",
        ["schema_version"] = Link("dct:conformsTo"),
        ["receipt_id"] = "dct:identifier",
        ["record_id"] = "dct:source",
        ["pii_principal_id"] = "dpv:hasDataSubject",
        ["processing"] = "dpv:hasProcess",
        ["parties"] = "dpv:hasEntity",
        ["events"] = "dct:hasPart",
        ["privacy_notice"] = Link("dpv:hasNotice"),
        ["language"] = "dct:language",
        ["purposes"] = "dpv:hasPurpose",
        ["name"] = "dct:identifier",
        ["label"] = "dct:title",
        ["lawful_basis"] = Link("dpv:hasLegalBasis"),
        ["pii_information"] = "dpv:hasPersonalData",
        ["pii_type"] = Link("dct:type"),
        ["pii_optional"] = "dpv:hasContext",
        ["special_pii_category"] = "dpv:hasSensitivityLevel",
        ["pii_controllers"] = "dpv:hasDataController",
        ["collection_method"] = "dpv:hasDataSource",
        ["processing_method"] = Link("dpv:hasProcessing"),
        ["storage_locations"] = "dpv:hasStorageCondition",
        ["retention_period"] = "dpv:hasDuration",
        ["processing_locations"] = Link("dpv:hasLocation"),
        ["geographic_restrictions"] = "dpv:hasRule",
        ["jurisdiction"] = Link("dpv:hasJurisdiction"),
        ["recipient_third_parties"] = "dpv:hasRecipient",
        ["withdrawal_method"] = "dpv:hasConsentControl",
        ["href"] = Link("dpv:isExercisedAt"),
        ["method"] = "http://www.w3.org/2011/http#methodName",
        ["contact"] = "dpv:hasContact",
        ["privacy_rights"] = Link("dpv:hasRight"),
        ["authority_party"] = "dpv:hasAuthority",
        ["party_id"] = "dct:identifier",
        ["party_name"] = "dpv:hasName",
        ["party_address"] = "dpv:hasAddress",
        ["party_contact"] = "dpv:hasContact",
        ["party_type"] = "@type",
        ["party_role"] = Link("dpv:hasRole"),
        ["event_time"] = "dct:date",
        ["validity_duration"] = "dpv:hasDuration",
        ["entity_id"] = "dpv:isIndicatedBy",
        ["event_type"] = Link("dct:type"),
        ["event_state"] = Link("dpv:hasConsentStatus"),
    };

    /// <summary>A term whose values are identifiers, not texts.</summary>
    private static Dictionary<string, string> Link(string iri) => new(StringComparer.Ordinal) { ["@id"] = iri, ["@type"] = "@id" };
}

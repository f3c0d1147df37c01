using System.Text.Json;
using System.Text.Json.Nodes;
using Integritet.Platform.PolicyEngine;

namespace Integritet.Policy.Checking;

/// <summary>
/// The verb <c>schema</c>: the JSON Schema (2020-12) that editors use to complete a policy's keys and words. It knows shapes and vocabularies; names that a policy defines itself, and everything that
/// spans rules, <c>check</c> knows.
/// </summary>
public static class PolicySchema
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static string Text => Build().ToJsonString(Indented) + "\n";

    private static JsonObject Build()
    {
        var schema = Map(
            ["policy-language", "controller", "publication", "clauses"],
            ("policy-language", new JsonObject { ["const"] = 1 }),
            ("controller", Map(
                ["id", "name", "country", "zone", "languages", "contact"],
                ("id", Ref("name")), ("name", Words()), ("country", Ref("country")), ("zone", Words()), ("languages", List(Enum("sv", "nb", "bg", "en"))), ("contact", Words()),
                ("group", Array(Map(["name", "clause"], ("name", Words()), ("clause", Ref("clause"))))))),
            ("publication", Map(["notice-period"], ("clauses", Ref("clauses")), ("notice-period", Ref("period")))),
            ("introduction", Ref("text")),
            ("clauses", Named(Ref("text"), "^[A-Z]{2,5}-[0-9]{1,3}[a-z]?$")),
            ("categories", Named(Map(["label"], ("label", Ref("text")), ("dpv", Words())))),
            ("groups", Named(Ref("names"))),
            ("purposes", Named(Map(["label", "basis"], ("label", Ref("text")), ("basis", EnumOf<LegalBasis>()), ("dpv", Words()), ("direct-marketing", Flag())))),
            ("sources", Named(Ref("text"))),
            ("country-lists", Named(Map(["label", "countries"], ("label", Ref("text")), ("countries", List(Ref("country")))))),
            ("systems", Named(Map(["label", "encrypted"], ("label", Ref("text")), ("encrypted", Flag()), ("processor", Words())))),
            ("consents", Map([], ("refused-by-gpc", Ref("names")), ("rules", Array(Map(
                ["clause", "purposes"],
                ("clause", Ref("clause")), ("purposes", Ref("names")), ("methods", List(Enum([.. Vocabulary.ConsentMethods]))), ("qualities", List(Enum([.. Vocabulary.ConsentQualities])))))))),
            ("always", Array(Rule([("operations", List(EnumOf<Operation>())), .. Refusal()]))),
            ("agreements", Array(Map(
                ["clause", "recipients", "type"],
                ("clause", Ref("clause")), ("recipients", List(Enum([.. Vocabulary.Recipients]))), ("type", Enum([.. Vocabulary.Agreements])), ("after", Enum([.. Vocabulary.Agreements])), ("may-end", Flag())))),
            ("notices", Array(Map(
                ["clause", "occasion", "to"],
                ("clause", Ref("clause")), ("occasion", EnumOf<NoticeOccasion>()), ("to", EnumOf<NoticeAudience>()), ("within", Ref("period")), ("choices", List(Enum([.. Vocabulary.Choices]))),
                ("waits-for-gag", Flag()), ("only-high-risk", Flag())))),
            ("requests", Map([], [.. Names<RequestType>().Select(type => (type, Ref("request")))])),
            ("own-records", Array(Map(["clause", "record", "keep"], ("clause", Ref("clause")), ("record", EnumOf<OwnRecord>()), ("keep", Ref("period"))))),
            ("measures", Array(Map(["clause", "kind"], ("clause", Ref("clause")), ("kind", EnumOf<MeasureKind>()), ("categories", Ref("names"))))),
            ("examples", Array(Example())));
        foreach (var operation in Names<Operation>().Where(name => name != "store"))
            schema["properties"]![operation] = Map(["otherwise"], ("otherwise", Ref("clause")), ("allow", Array(Rule(Allowance()))), ("refuse", Array(Rule(Refusal()))));
        schema["properties"]!["store"] = Map(["otherwise"], ("otherwise", Ref("clause")), ("refuse", Array(Rule(Refusal()))), ("keep", Array(Rule(Keep()))));
        schema["$defs"] = Definitions();
        return new JsonObject([new("$schema", "https://json-schema.org/draft/2020-12/schema"), new("title", "Integritet policy"), .. schema.ToArray().Select(Detached)]);

        KeyValuePair<string, JsonNode?> Detached(KeyValuePair<string, JsonNode?> member)
        {
            schema.Remove(member.Key);
            return member;
        }
    }

    private static JsonObject Definitions() => new()
    {
        ["name"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[a-z0-9]+(-[a-z0-9]+)*$", ["maxLength"] = 64 },
        ["names"] = List(Ref("name")),
        ["set"] = new JsonObject { ["anyOf"] = new JsonArray(Ref("names"), Map(["except"], ("except", Ref("names")))) },
        ["clause"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Z]{2,5}-[0-9]{1,3}[a-z]?$" },
        ["clauses"] = List(Ref("clause")),
        ["country"] = new JsonObject { ["type"] = "string", ["pattern"] = "^[A-Z]{2}$" },
        ["period"] = new JsonObject { ["type"] = "string", ["pattern"] = "^P", ["description"] = "ISO 8601, such as P28D, P1M, P7Y" },
        ["text"] = Map(["en"], ("en", Words()), ("sv", Words()), ("nb", Words()), ("bg", Words())),
        ["conditions"] = Array(Ref("condition")),
        ["condition"] = Condition(),
        ["request"] = Map(
            ["clauses", "within"],
            ("clauses", Ref("clauses")), ("within", Ref("period")), ("channels", List(Enum([.. Vocabulary.Channels]))), ("leave-out", Ref("names")), ("only-subject-encrypted", Flag()), ("names-recipients", Flag()),
            ("fee", Map(["reasons"], ("reasons", List(Enum([.. Vocabulary.FeeReasons]))), ("moves-due-by", Words()))),
            ("extension", List(Enum([.. Vocabulary.ExtensionReasons]))), ("window-working-days", Whole(1, 365))),
    };

    private static JsonObject Condition()
    {
        var detailed = Map(
            [],
            ("consent", Ref("name")), ("agreement", Enum([.. Vocabulary.Agreements])), ("case", Enum([.. Vocabulary.Cases])), ("relation", List(Enum([.. Vocabulary.Relations]))),
            ("country", Ref("set")), ("destination", Ref("set")), ("exception", List(Enum([.. Vocabulary.Exceptions]))),
            ("ground", Map([], ("any-of", List(Enum([.. Vocabulary.Grounds]))), ("except", List(Enum([.. Vocabulary.Grounds]))), ("reference", Flag()))),
            ("breach", List(Enum([.. Vocabulary.Breaches]))),
            ("instrument", Map([], ("types", List(Enum([.. Vocabulary.Instruments]))), ("issuers", List(Enum([.. Vocabulary.Issuers]))), ("jurisdictions", List(Ref("country"))), ("reference", Flag()))),
            ("finding", Enum([.. Vocabulary.Findings])), ("attribute", Map([], [.. Vocabulary.Attributes.Select(name => (name, Flag()))])), ("system", Ref("names")),
            ("all", Ref("conditions")), ("any", Ref("conditions")));
        detailed["minProperties"] = 1;
        detailed["maxProperties"] = 1;
        return new JsonObject { ["anyOf"] = new JsonArray(Enum([.. PolicyParser.ConditionWords]), detailed) };
    }

    private static (string, JsonNode)[] Allowance() =>
    [
        ("needs", Ref("conditions")), ("missing", EnumOf<WhenMissing>()), ("execute", Map([], ("findings", List(Enum([.. Vocabulary.Findings]))), ("approvals", Whole(0, 5)))),
    ];

    private static (string, JsonNode)[] Refusal() => [("code", Enum([.. ReasonCodes.All])), ("unless", Ref("conditions")), ("missing", EnumOf<WhenMissing>()), ("note", Ref("text"))];

    private static (string, JsonNode)[] Keep()
    {
        var until = new JsonObject
        {
            ["anyOf"] = new JsonArray(
                Enum("agreed", "purposes-ended", "at-once", "next-run"),
                Map(["after"], ("after", Ref("period")), ("from", EnumOf<PeriodAnchor>())),
                Map(["any-of"], ("any-of", List(Enum([.. Vocabulary.Triggers])))),
                Map(["all-of"], ("all-of", List(Enum([.. Vocabulary.Triggers]))))),
        };
        return
        [
            ("until", until), ("minimum", Map(["keep", "reference"], ("keep", Ref("period")), ("from", EnumOf<PeriodAnchor>()), ("reference", Ref("text")))),
            ("act", EnumOf<RetentionAct>()), ("move-to", Ref("name")), ("review", Ref("period")), ("needs", Ref("conditions")),
            ("schedule", Map(["every", "at"], ("every", EnumOf<ScheduleKind>()), ("day", Whole(1, 28)), ("at", new JsonObject { ["type"] = "string", ["pattern"] = "^[0-2][0-9]:[0-5][0-9]$" }))),
        ];
    }

    private static JsonObject Rule((string, JsonNode)[] more) => Map(
        ["clause"],
        [
            ("clause", Ref("clause")), ("categories", Ref("set")), ("purposes", Ref("set")), ("sources", Ref("set")), ("actors", Ref("set")), ("recipients", Ref("set")),
            ("between", new JsonObject { ["type"] = "array", ["items"] = Ref("names"), ["minItems"] = 2, ["maxItems"] = 2 }), ("when", Ref("conditions")), .. more,
        ]);

    private static JsonObject Example() => Map(
        ["says", "ask", "expect"],
        ("says", Words()),
        ("ask", new JsonObject { ["type"] = "object", ["required"] = new JsonArray("operation"), ["properties"] = new JsonObject { ["operation"] = EnumOf<Operation>() } }),
        ("given", new JsonObject { ["type"] = "object" }),
        ("expect", Map(
            ["outcome", "rule"],
            ("outcome", EnumOf<Outcome>()), ("rule", new JsonObject { ["anyOf"] = new JsonArray(Ref("clause"), Enum("none")) }), ("code", Enum([.. ReasonCodes.All])), ("cut", Ref("names")))));

    private static JsonObject Map(string[] required, params (string Key, JsonNode Value)[] members)
    {
        var map = new JsonObject { ["type"] = "object", ["additionalProperties"] = false, ["properties"] = new JsonObject(members.Select(member => new KeyValuePair<string, JsonNode?>(member.Key, member.Value))) };
        if (required.Length > 0)
            map["required"] = new JsonArray([.. required.Select(key => (JsonNode)key)]);
        return map;
    }

    private static JsonObject Named(JsonNode value, string pattern = "^[a-z0-9]+(-[a-z0-9]+)*$") =>
        new() { ["type"] = "object", ["propertyNames"] = new JsonObject { ["pattern"] = pattern }, ["additionalProperties"] = value };

    private static JsonObject Array(JsonNode items) => new() { ["type"] = "array", ["items"] = items };

    /// <summary>One alone needs no brackets.</summary>
    private static JsonObject List(JsonNode item) =>
        new() { ["anyOf"] = new JsonArray(item, new JsonObject { ["type"] = "array", ["items"] = item.DeepClone(), ["minItems"] = 1, ["uniqueItems"] = true }) };

    private static JsonObject Ref(string definition) => new() { ["$ref"] = "#/$defs/" + definition };

    private static JsonObject Enum(params string[] words) => new() { ["enum"] = new JsonArray([.. words.Select(word => (JsonNode)word)]) };

    private static JsonObject EnumOf<T>()
        where T : struct, Enum => Enum([.. Names<T>()]);

    private static IEnumerable<string> Names<T>()
        where T : struct, Enum => System.Enum.GetNames<T>().Select(JsonNamingPolicy.KebabCaseLower.ConvertName);

    private static JsonObject Words() => new() { ["type"] = "string", ["minLength"] = 1 };

    private static JsonObject Flag() => new() { ["type"] = "boolean" };

    private static JsonObject Whole(int min, int max) => new() { ["type"] = "integer", ["minimum"] = min, ["maximum"] = max };
}

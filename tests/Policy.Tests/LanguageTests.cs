using System.Text.Json.Nodes;
using Integritet.Platform.PolicyEngine;
using Integritet.Policy.Checking;
using Integritet.Servers;

namespace Integritet.Policy.Tests;

/// <summary>The language's description and its schema say what the parser does.</summary>
public sealed class LanguageTests
{
    private static readonly string Service = Path.Combine(Repository.Root, "services", "Policy");

    [Fact]
    public void The_schema_in_the_repository_is_the_one_that_the_vocabulary_gives() =>
        Assert.Equal(PolicySchema.Text, File.ReadAllText(Path.Combine(Service, "policy.schema.json")));

    [Fact]
    public void The_schema_refers_to_nothing_that_it_does_not_define()
    {
        var schema = JsonNode.Parse(PolicySchema.Text)!;
        var defined = schema["$defs"]!.AsObject().Select(definition => "#/$defs/" + definition.Key).ToHashSet(StringComparer.Ordinal);
        Assert.All(References(schema), reference => Assert.Contains(reference, defined));
    }

    [Fact]
    public void The_schema_knows_every_top_level_key_of_the_shipped_policies()
    {
        var known = JsonNode.Parse(PolicySchema.Text)!["properties"]!.AsObject().Select(property => property.Key).ToHashSet(StringComparer.Ordinal);
        var used = Directory.GetFiles(Path.Combine(Repository.Root, "deploy", "policies"), "*.yaml").SelectMany(File.ReadLines)
            .Where(line => line.Length > 0 && char.IsAsciiLetterLower(line[0])).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Distinct(StringComparer.Ordinal);
        Assert.Empty(used.Except(known, StringComparer.Ordinal));
    }

    [Fact]
    public void The_description_explains_every_condition_and_names_every_block()
    {
        var text = File.ReadAllText(Path.Combine(Service, "LANGUAGE.md"));
        Assert.All([.. PolicyParser.ConditionWords, .. PolicyParser.DetailedConditions], (string word) => Assert.Matches($"`(\\[|[a-z-]+: )?{word}[`:]", text));
        Assert.All(Enum.GetNames<Operation>(), operation => Assert.Contains($"`{operation.ToLowerInvariant()}`", text, StringComparison.Ordinal));
        Assert.All(Vocabulary.Recipients, recipient => Assert.Contains($"`{recipient}`", text, StringComparison.Ordinal));
    }

    private static IEnumerable<string> References(JsonNode? node) => node switch
    {
        JsonObject map => map.SelectMany(member => member.Key == "$ref" ? [(string)member.Value!] : References(member.Value)),
        JsonArray list => list.SelectMany(References),
        _ => [],
    };
}

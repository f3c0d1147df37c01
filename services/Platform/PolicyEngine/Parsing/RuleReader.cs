using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reads allowances, refusals and the conditions in them.</summary>
internal sealed class RuleReader(Terms terms)
{
    private const int MaxRules = 2_000;
    private static readonly string[] OperationNames = [.. Enum.GetNames<Operation>().Select(name => name.ToLowerInvariant())];
    private readonly ConditionReader _conditions = new(terms);
    private int _count;

    public void CheckLimit(MapReader map)
    {
        if (_count > MaxRules)
            map.Problems.Add(map.Node, "", $"more than {MaxRules} rules");
    }

    public ImmutableSortedDictionary<Operation, RuleBlock> ReadBlocks(MapReader map)
    {
        var blocks = ImmutableSortedDictionary.CreateBuilder<Operation, RuleBlock>();
        foreach (var operation in Enum.GetValues<Operation>())
            if (map.Map(OperationNames[(int)operation]) is { } block)
                blocks[operation] = ReadBlock(block, operation);
        return blocks.ToImmutable();
    }

    private RuleBlock ReadBlock(MapReader block, Operation operation)
    {
        var otherwise = block.Name("otherwise", "clause", terms.Clauses);
        var allow = operation == Operation.Store ? [] : block.Maps("allow").Select(ReadAllow).ToImmutableArray();
        var refuse = block.Maps("refuse").Select(ReadRefuse).ToImmutableArray();
        if (operation == Operation.Store)
            block.Has("keep");
        block.Done();
        return new RuleBlock(otherwise, allow, refuse);
    }

    public ImmutableArray<AlwaysRule> ReadAlways(MapReader map)
    {
        var rules = ImmutableArray.CreateBuilder<AlwaysRule>();
        foreach (var rule in map.Maps("always"))
        {
            var names = rule.List("operations", "operation", OperationNames);
            var operations = names.IsEmpty ? Enum.GetValues<Operation>() : [.. names.Select(name => (Operation)Array.IndexOf(OperationNames, name))];
            rules.Add(new AlwaysRule([.. operations], ReadRefuse(rule)));
        }
        return rules.DrainToImmutable();
    }

    private AllowRule ReadAllow(MapReader map)
    {
        _count++;
        var rule = new AllowRule(
            map.Name("clause", "clause", terms.Clauses),
            ReadScope(map),
            _conditions.Read(map, "needs"),
            ReadExecution(map.Map("execute")),
            map.Choice("missing", WhenMissing.Refuse));
        map.Done();
        return rule;
    }

    private RefuseRule ReadRefuse(MapReader map)
    {
        _count++;
        var rule = new RefuseRule(
            map.Name("clause", "clause", terms.Clauses),
            ReadScope(map),
            ReadCode(map, "code"),
            _conditions.Read(map, "unless"),
            map.Choice("missing", WhenMissing.Refuse),
            terms.ReadText(map, "note", needed: false));
        if (rule.Code is null && rule.Unless.IsEmpty && !map.Has("code"))
            map.Problems.Add(map.Node, map.Pointer, "'code' is missing: a refusal says why, or 'unless' gives the conditions that do");
        map.Done();
        return rule;
    }

    public static ReasonCode? ReadCode(MapReader map, string key) =>
        map.OptionalName(key, "reason code", [.. ReasonCodes.All]) is { } written && ReasonCodes.TryParse(written, out var code) ? code : null;

    public Scope ReadScope(MapReader map) => new()
    {
        Categories = terms.ReadCategorySet(map, "categories"),
        Purposes = Terms.ReadSet(map, "purposes", "purpose", terms.Purposes),
        Sources = Terms.ReadSet(map, "sources", "source", terms.Sources),
        Actors = Terms.ReadSet(map, "actors", "kind of actor", Vocabulary.Actors),
        Recipients = Terms.ReadSet(map, "recipients", "kind of recipient", Vocabulary.Recipients),
        Between = ReadBetween(map),
        When = _conditions.Read(map, "when"),
    };

    public ImmutableArray<Condition> ReadConditions(MapReader map, string key) => _conditions.Read(map, key);

    private ImmutableArray<NameSet> ReadBetween(MapReader map)
    {
        if (map.Value("between") is not { } value)
            return [];
        if (value is Node.Sequence { Items.Count: 2 } pair)
            return [.. pair.Items.Select((side, i) => terms.ReadCategorySet(side, $"{map.PointerTo("between")}/{i}", map))];
        map.Problem("between", "expected two groups of categories here");
        return [];
    }

    private static ExecutionRule? ReadExecution(MapReader? map)
    {
        if (map is null)
            return null;
        var execute = new ExecutionRule(map.List("findings", "finding", Vocabulary.Findings), map.Number("approvals", 0, 5) ?? 0);
        map.Done();
        return execute;
    }
}

using System.Collections.Frozen;
using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Turns a document's rules into compiled ones, the law's before the policy's own.</summary>
internal sealed class RuleCompiler(PolicyDocument policy, Names categories, Names purposes, Names sources)
{
    private static readonly Names Actors = new(Vocabulary.Actors);
    private static readonly Names Recipients = new(Vocabulary.Recipients);
    private readonly CheckBuilder _checks = new(policy, categories, purposes);
    private readonly List<CompiledRule> _all = [];

    public CompiledBlock Compile(Operation operation)
    {
        var rules = ImmutableArray.CreateBuilder<CompiledRule>();
        foreach (var always in Law.Rules.AddRange(policy.Always))
            if (always.Operations.Contains(operation))
                rules.Add(Compile(always.Rule, rules.Count));
        policy.Blocks.TryGetValue(operation, out var block);
        foreach (var refuse in block?.Refuse ?? [])
            rules.Add(Compile(refuse, rules.Count));
        foreach (var allow in block?.Allow ?? [])
            rules.Add(Compile(allow, rules.Count));
        if (operation == Operation.Store)
            foreach (var keep in policy.Keep)
                rules.Add(Compile(new AllowRule(keep.Clause, keep.Scope, keep.Needs, null, WhenMissing.Refuse), rules.Count, keep));
        _all.AddRange(rules);
        return new CompiledBlock(operation, block?.Otherwise, rules.DrainToImmutable(), categories.Count, purposes.Count, sources.Count);
    }

    /// <summary>Every purpose whose consent some policy rule reads. What the law reads to lift a refusal gates nothing.</summary>
    public FrozenSet<string> ConsentPurposes() =>
        _all.Where(rule => !rule.Refuses)
            .SelectMany(rule => rule.Conditions.SelectMany(ConsentsIn).SelectMany(purpose => purpose == Check.AskedPurpose ? IdsIn(rule.Purposes) : [purpose]))
            .Select(id => purposes[id]).ToFrozenSet(StringComparer.Ordinal);

    private IEnumerable<int> IdsIn(IdSet set) => Enumerable.Range(0, purposes.Count).Where(set.Has);

    private static IEnumerable<int> ConsentsIn(Check check) =>
        check.Inner.SelectMany(ConsentsIn).Concat(check.ConsentPurpose == Check.NoPurpose ? [] : [check.ConsentPurpose]);

    private CompiledRule Compile(RefuseRule rule, int order) =>
        Compile(rule.Clause, rule.Scope, refuses: true, rule.Unless, rule.Missing, execute: null, order, rule.Code is { } code ? new Reason(rule.Clause, code, TextOf(rule)) : null);

    private CompiledRule Compile(AllowRule rule, int order, KeepRule? keep = null) =>
        Compile(rule.Clause, rule.Scope, refuses: false, rule.Needs, rule.Missing, rule.Execute, order, reason: null, keep);

    private CompiledRule Compile(
        string clause, Scope scope, bool refuses, ImmutableArray<Condition> conditions, WhenMissing missing, ExecutionRule? execute, int order, Reason? reason, KeepRule? keep = null) => new()
    {
        Clause = clause,
        Refuses = refuses,
        Categories = IdSet.Of(scope.Categories, categories),
        Purposes = IdSet.Of(scope.Purposes, purposes),
        Sources = IdSet.Of(scope.Sources, sources),
        Actors = IdSet.Of(scope.Actors, Actors),
        Recipients = IdSet.Of(scope.Recipients, Recipients),
        Between = [.. scope.Between.Select(side => IdSet.Of(side, categories))],
        When = _checks.Build(scope.When, clause),
        Conditions = _checks.Build(conditions, clause),
        Reason = reason,
        Missing = missing,
        Execute = execute,
        Order = order,
        OnlyThisClause = [clause],
        Keep = keep,
    };

    /// <summary>A refusal speaks in the rule's own note, or in the clause's plain words.</summary>
    private string TextOf(RefuseRule rule)
    {
        var note = rule.Note.In("en");
        if (note.Length > 0)
            return note;
        return policy.Clauses.TryGetValue(rule.Clause, out var clause) ? clause.In("en") : rule.Clause;
    }
}

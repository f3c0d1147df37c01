using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>One question being judged, category by category. A refusal that applies beats any allowance; what nothing allows is refused by the block's clause.</summary>
internal ref struct Evaluation(Question question, Facts facts, ReasonList reasons)
{
    private CompiledRule? _firstAllowing;
    private List<string>? _rules;
    private List<int>? _refused;
    private ExecutionRule? _execute;
    private bool _mustRefuse;

    public void Judge(CompiledBlock block, int category)
    {
        var candidates = block.CandidatesFor(question, category);
        var refused = false;
        CompiledRule? allowing = null;
        var nearMiss = false;
        foreach (var rule in candidates)
        {
            if (!rule.IsAbout(question, facts, category))
                continue;
            if (rule.ConditionsHold(question, facts, category))
            {
                if (rule.Refuses)
                    TookPart(rule.Clause);
                else
                    allowing ??= rule;
                continue;
            }
            if (rule.Refuses)
                refused = true;
            else
                nearMiss = true;
        }

        if (!refused && allowing is not null)
        {
            Allow(allowing);
            return;
        }
        (_refused ??= []).Add(category);
        ExplainRefusal(candidates, category, refused, allowances: allowing is null);
        if (!refused && !nearMiss)
        {
            _mustRefuse = true;
            reasons.Add(block.WhyNotAllowed(question, category));
        }
    }

    private void Allow(CompiledRule rule)
    {
        _execute = Stricter(_execute, rule.Execute);
        if (_firstAllowing is null)
            _firstAllowing = rule;
        else if (!ReferenceEquals(_firstAllowing, rule))
            TookPart(rule.Clause);
    }

    /// <summary>Every refusal that stands, and every condition that kept a fitting allowance from permitting.</summary>
    private void ExplainRefusal(ImmutableArray<CompiledRule> candidates, int category, bool refused, bool allowances)
    {
        foreach (var rule in candidates)
        {
            if (!(rule.Refuses ? refused : allowances) || !rule.IsAbout(question, facts, category) || rule.ConditionsHold(question, facts, category))
                continue;
            rule.Explain(question, facts, category, reasons);
            _mustRefuse |= rule.Missing == WhenMissing.Refuse;
        }
    }

    private void TookPart(string clause)
    {
        _rules ??= [];
        if (!_rules.Contains(clause))
            _rules.Add(clause);
    }

    private static ExecutionRule? Stricter(ExecutionRule? one, ExecutionRule? other)
    {
        if (one is null || other is null)
            return one ?? other;
        return new ExecutionRule([.. one.Findings.Union(other.Findings, StringComparer.Ordinal)], Math.Max(one.Approvals, other.Approvals));
    }

    public readonly Decision ToDecision(Names categories)
    {
        if (_refused is null)
            return new Decision(Outcome.Permit, RulesOfPermission(), [], Permitted(categories), [], _execute);
        var permitted = Permitted(categories);
        if (question.Asked.Operation == Operation.Disclose && _firstAllowing is not null)
            return new Decision(Outcome.Permit, RulesOfPermission(), reasons.ToReasons(), permitted, [.. _refused.Where(id => id >= 0).Select(id => categories[id])], _execute);
        var outcome = _mustRefuse || reasons.MustRefuse ? Outcome.Refuse : Outcome.Hold;
        return new Decision(outcome, reasons.ToRules(), reasons.ToReasons(), permitted, []);
    }

    private readonly ImmutableArray<string> RulesOfPermission()
    {
        if (_rules is null)
            return _firstAllowing!.OnlyThisClause;
        var rules = ImmutableArray.CreateBuilder<string>(_rules.Count + 1);
        rules.Add(_firstAllowing!.Clause);
        foreach (var clause in _rules)
            if (!string.Equals(clause, _firstAllowing.Clause, StringComparison.Ordinal))
                rules.Add(clause);
        return rules.DrainToImmutable();
    }

    private readonly ImmutableArray<string> Permitted(Names categories)
    {
        if (_refused is null && question.AllCategories.Length == question.Categories.Length)
            return question.AllCategories;
        var permitted = ImmutableArray.CreateBuilder<string>(question.Categories.Length);
        foreach (var category in question.Categories)
            if (_refused is null || !_refused.Contains(category))
                permitted.Add(categories[category]);
        return permitted.DrainToImmutable();
    }
}

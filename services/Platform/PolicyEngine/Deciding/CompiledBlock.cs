using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>The rules of one operation, indexed so that a question looks only at those that may be about it, however many there are.</summary>
internal sealed class CompiledBlock
{
    private readonly ImmutableArray<CompiledRule>[] _byCategory;
    private readonly ImmutableArray<CompiledRule>[] _byPurpose;
    private readonly ImmutableArray<CompiledRule>[] _bySource;
    private readonly ImmutableArray<CompiledRule> _withoutCategory;
    private readonly Reason[] _notAllowed;
    private readonly Operation _operation;

    public CompiledBlock(Operation operation, string? otherwise, ImmutableArray<CompiledRule> rules, int categories, int purposes, int sources)
    {
        _operation = operation;
        _byCategory = [.. Enumerable.Range(0, categories).Select(id => Matching(rules, rule => rule.Categories.Has(id)))];
        _byPurpose = [.. Enumerable.Range(0, purposes).Select(id => Matching(rules, rule => rule.Purposes.Has(id)))];
        _bySource = [.. Enumerable.Range(0, sources).Select(id => Matching(rules, rule => rule.Sources.Has(id)))];
        _withoutCategory = Matching(rules, rule => rule.Categories.Has(Question.None));
        _notAllowed = otherwise is null ? [] : [.. Enum.GetValues<ReasonCode>().Select(code => new Reason(otherwise, code, Sentences.NotAllowed(operation, code)))];
        NoRule = otherwise is null ? new Reason(null, ReasonCode.NoRule, Sentences.NoRule(operation)) : null;
    }

    /// <summary>Set where the policy says nothing about the operation.</summary>
    public Reason? NoRule { get; }

    /// <summary>The shortest list that holds every rule that may be about the question, in the document's order.</summary>
    public ImmutableArray<CompiledRule> CandidatesFor(Question question, int category)
    {
        var shortest = category < 0 ? _withoutCategory : _byCategory[category];
        if (question.Purpose >= 0 && _byPurpose[question.Purpose].Length < shortest.Length)
            shortest = _byPurpose[question.Purpose];
        if (question.Source >= 0 && _bySource[question.Source].Length < shortest.Length)
            shortest = _bySource[question.Source];
        return shortest;
    }

    /// <summary>Why nothing allows it: the first of source, category and purpose that no allowance knows.</summary>
    public Reason WhyNotAllowed(Question question, int category) => NoRule ?? _notAllowed[(int)CodeOf(question, category)];

    private ReasonCode CodeOf(Question question, int category) => _operation switch
    {
        Operation.Link => ReasonCode.LinkForbidden,
        Operation.Collect when question.Source < 0 => ReasonCode.SourceNotListed,
        Operation.Transfer => ReasonCode.SafeguardMissing,
        _ when !Allows(category < 0 ? _withoutCategory : _byCategory[category], static (_, _) => true, question) => ReasonCode.CategoryForbidden,
        Operation.Collect when !Allows(category < 0 ? _withoutCategory : _byCategory[category], static (rule, q) => rule.Sources.Has(q.Source), question) => ReasonCode.SourceNotListed,
        _ when question.Purpose >= 0 => ReasonCode.PurposeForbidden,
        Operation.Notify => ReasonCode.ContactNotAgreed,
        _ => ReasonCode.CategoryForbidden,
    };

    private static bool Allows(ImmutableArray<CompiledRule> rules, Func<CompiledRule, Question, bool> also, Question question)
    {
        foreach (var rule in rules)
            if (!rule.Refuses && also(rule, question))
                return true;
        return false;
    }

    private static ImmutableArray<CompiledRule> Matching(ImmutableArray<CompiledRule> rules, Func<CompiledRule, bool> fits) => [.. rules.Where(fits)];
}

using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>A rule with its scope as bits and its conditions as checks.</summary>
internal sealed class CompiledRule
{
    public required string Clause { get; init; }

    public required bool Refuses { get; init; }

    public required IdSet Categories { get; init; }

    public required IdSet Purposes { get; init; }

    public required IdSet Sources { get; init; }

    public required IdSet Actors { get; init; }

    public required IdSet Recipients { get; init; }

    public required ImmutableArray<IdSet> Between { get; init; }

    public required ImmutableArray<Check> When { get; init; }

    /// <summary>What an allowance needs, or what lifts a refusal.</summary>
    public required ImmutableArray<Check> Conditions { get; init; }

    /// <summary>The reason a refusal gives of its own; null where its conditions give theirs.</summary>
    public Reason? Reason { get; init; }

    public WhenMissing Missing { get; init; }

    public ExecutionRule? Execute { get; init; }

    /// <summary>Order in the document: what the answer lists follows it.</summary>
    public required int Order { get; init; }

    public required ImmutableArray<string> OnlyThisClause { get; init; }

    /// <summary>The retention rule it was compiled from; null for every other rule.</summary>
    public KeepRule? Keep { get; init; }

    public bool IsAbout(Question question, Facts facts, int category)
    {
        if (!IsNamedIn(question, category))
            return false;
        foreach (var check in When)
            if (!check.Holds(question, facts, category))
                return false;
        return true;
    }

    /// <summary>The part of the scope that the question alone decides.</summary>
    public bool IsNamedIn(Question question, int category)
    {
        // "All sources but" means the listed ones: what nobody listed is never allowed.
        if (!Refuses && question.Source < 0 && question.Asked.Operation == Operation.Collect)
            return false;
        if (!Categories.Has(category) || !Purposes.Has(question.Purpose) || !Sources.Has(question.Source) || !Actors.Has(question.Actor) || !Recipients.Has(question.Recipient))
            return false;
        foreach (var side in Between)
            if (!AnyIn(side, question.Categories))
                return false;
        return true;
    }

    /// <summary>Whether all conditions hold; for a refusal without any: false, it is never lifted.</summary>
    public bool ConditionsHold(Question question, Facts facts, int category)
    {
        foreach (var check in Conditions)
            if (!check.Holds(question, facts, category))
                return false;
        return !Refuses || !Conditions.IsEmpty;
    }

    public void Explain(Question question, Facts facts, int category, ReasonList reasons)
    {
        if (Reason is not null)
            reasons.Add(Reason.Code == ReasonCode.CustomerControlled && question.Asked.Customer is { } customer ? Reason with { Text = $"{Reason.Text} Ask customer {customer}." } : Reason);
        else
            foreach (var check in Conditions)
                if (!check.Holds(question, facts, category))
                    check.Explain(question, facts, category, reasons);
    }

    private static bool AnyIn(IdSet side, int[] categories)
    {
        foreach (var category in categories)
            if (side.Has(category))
                return true;
        return false;
    }
}

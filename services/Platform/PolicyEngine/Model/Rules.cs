using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>What may be asked.</summary>
public enum Operation
{
    /// <summary>Taking data in.</summary>
    Collect,

    /// <summary>Processing data for a purpose.</summary>
    Use,

    /// <summary>Joining identifiers or groups of data.</summary>
    Link,

    /// <summary>Somebody looks at data.</summary>
    Access,

    /// <summary>A message to or from somebody.</summary>
    Notify,

    /// <summary>Data goes to another country.</summary>
    Transfer,

    /// <summary>Holding data (decided by Retention alone).</summary>
    Store,

    /// <summary>Data goes to a recipient (decided by Disclosure alone).</summary>
    Disclose,
}

/// <summary>A refusal of several operations at once (PA-2, AL-1).</summary>
/// <param name="Operations">The operations it is about.</param>
/// <param name="Rule">The refusal.</param>
public sealed record AlwaysRule(ImmutableArray<Operation> Operations, RefuseRule Rule);

/// <summary>The rules of one operation. Deny by default: what no allowance permits is refused by <paramref name="Otherwise"/>.</summary>
/// <param name="Otherwise">The clause that refuses what nothing allows.</param>
/// <param name="Allow">Allowances.</param>
/// <param name="Refuse">Refusals; one that applies beats any allowance.</param>
public sealed record RuleBlock(string Otherwise, ImmutableArray<AllowRule> Allow, ImmutableArray<RefuseRule> Refuse);

/// <summary>
/// Which questions a rule is about. A question outside the scope is none of the rule's business and leaves no reason behind.
/// An absent list means "any".
/// </summary>
public sealed record Scope
{
    /// <summary>Categories, groups resolved.</summary>
    public NameSet Categories { get; init; } = NameSet.Any;

    /// <summary>Purposes.</summary>
    public NameSet Purposes { get; init; } = NameSet.Any;

    /// <summary>Sources.</summary>
    public NameSet Sources { get; init; } = NameSet.Any;

    /// <summary>Kinds of actor.</summary>
    public NameSet Actors { get; init; } = NameSet.Any;

    /// <summary>Kinds of recipient.</summary>
    public NameSet Recipients { get; init; } = NameSet.Any;

    /// <summary>For <c>link</c>: two sets of categories that must both be among those asked.</summary>
    public ImmutableArray<NameSet> Between { get; init; } = [];

    /// <summary>Further conditions that must all hold for the rule to be about the question.</summary>
    public ImmutableArray<Condition> When { get; init; } = [];
}

/// <summary>A list of names, or all but some.</summary>
/// <param name="Names">The names.</param>
/// <param name="Except">True: every name but these.</param>
public sealed record NameSet(ImmutableArray<string> Names, bool Except)
{
    /// <summary>Every name, and none given.</summary>
    public static NameSet Any { get; } = new([], Except: true);

    /// <summary>Whether nothing is left out.</summary>
    public bool IsAny => Except && Names.IsEmpty;

    /// <summary>Whether a name is in it. No name given is in <see cref="Any"/> and in lists of exceptions only.</summary>
    public bool Has(string? name) => name is null ? Except : Names.Contains(name, StringComparer.Ordinal) != Except;
}

/// <summary>An allowance: permits what it is about if all its needs are met; each that is not is named with its code.</summary>
/// <param name="Clause">The clause it implements.</param>
/// <param name="Scope">Which questions it is about.</param>
/// <param name="Needs">What must hold.</param>
/// <param name="Execute">For disclosures: what must be there before execution.</param>
/// <param name="Missing">What becomes of the question while a need is not met (a negative finding refuses all the same).</param>
public sealed record AllowRule(string Clause, Scope Scope, ImmutableArray<Condition> Needs, ExecutionRule? Execute, WhenMissing Missing);

/// <summary>A refusal: refuses what it is about, unless lifted. Being lifted permits nothing by itself.</summary>
/// <param name="Clause">The clause it implements.</param>
/// <param name="Scope">Which questions it is about.</param>
/// <param name="Code">The reason code; null where the failed conditions of <paramref name="Unless"/> give theirs.</param>
/// <param name="Unless">Lifts the refusal if all of it holds; empty: never lifted.</param>
/// <param name="Missing">What becomes of the question while the refusal stands.</param>
/// <param name="Note">What the answer adds, e.g. what would have to change first (BG-9).</param>
public sealed record RefuseRule(string Clause, Scope Scope, ReasonCode? Code, ImmutableArray<Condition> Unless, WhenMissing Missing, LocalText Note);

/// <summary>What a failed need leads to.</summary>
public enum WhenMissing
{
    /// <summary>Refused.</summary>
    Refuse,

    /// <summary>Held until it is there.</summary>
    Hold,
}

/// <summary>What must be recorded between the permission and the execution of a disclosure (PA-7, AL-9).</summary>
/// <param name="Findings">Findings that must be positive.</param>
/// <param name="Approvals">Approvals by persons who neither asked nor found.</param>
public sealed record ExecutionRule(ImmutableArray<string> Findings, int Approvals);

using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Reasons found so far, each (clause, code, text) once, in the order found. Reused by the thread: a decision is one synchronous call.</summary>
internal sealed class ReasonList
{
    [ThreadStatic]
    private static ReasonList? _mine;

    private readonly List<Reason> _reasons = [];

    public static ReasonList Rent()
    {
        var list = _mine ?? new ReasonList();
        _mine = null;
        list._reasons.Clear();
        list.MustRefuse = false;
        return list;
    }

    public void Return() => _mine = this;

    /// <summary>Whether something in it refuses whatever else may only be waited for.</summary>
    public bool MustRefuse { get; set; }

    public int Count => _reasons.Count;

    public void Add(Reason reason)
    {
        if (reason.Code == ReasonCode.FindingNegative)
            MustRefuse = true;
        foreach (var one in _reasons)
            if (ReferenceEquals(one, reason) || one == reason)
                return;
        _reasons.Add(reason);
    }

    public ImmutableArray<Reason> ToReasons() => [.. _reasons];

    public ImmutableArray<string> ToRules()
    {
        var rules = ImmutableArray.CreateBuilder<string>(_reasons.Count);
        foreach (var reason in _reasons)
            if (reason.Rule is not null && !rules.Contains(reason.Rule))
                rules.Add(reason.Rule);
        return rules.DrainToImmutable();
    }
}

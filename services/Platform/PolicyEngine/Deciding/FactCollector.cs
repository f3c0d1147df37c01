using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>Gathers which facts some checks read.</summary>
internal ref struct FactCollector(Question question)
{
    private const FactKinds AboutSubject = FactKinds.Consents | FactKinds.Objections | FactKinds.Restrictions;
    private FactKinds _kinds;
    private bool _askedPurpose;
    private List<int>? _others;

    public void Add(ImmutableArray<Check> checks)
    {
        foreach (var check in checks)
        {
            _kinds |= question.Asked.SubjectNamed ? check.Facts : check.Facts & ~AboutSubject;
            AddPurpose(check.ConsentPurpose);
            if (!check.Inner.IsEmpty)
                Add(check.Inner);
        }
    }

    public readonly RequiredFacts ToRequired(Names purposes, ImmutableArray<string>[] alone)
    {
        if (!_kinds.HasFlag(FactKinds.Consents))
            return new RequiredFacts(_kinds, []);
        if (_others is null)
            return new RequiredFacts(_kinds, _askedPurpose ? alone[question.Purpose] : []);
        var all = ImmutableArray.CreateBuilder<string>();
        if (_askedPurpose)
            all.Add(purposes[question.Purpose]);
        foreach (var other in _others)
            all.Add(purposes[other]);
        return new RequiredFacts(_kinds, all.DrainToImmutable());
    }

    private void AddPurpose(int purpose)
    {
        if (purpose == Check.AskedPurpose || (purpose >= 0 && purpose == question.Purpose))
            _askedPurpose |= question.Purpose >= 0;
        else if (purpose >= 0 && !(_others ??= []).Contains(purpose))
            _others.Add(purpose);
    }
}

using System.Collections.Immutable;

namespace Integritet.Platform.PolicyEngine;

/// <summary>A condition made ready to be checked: a leaf tests one thing and has its reason built beforehand, so that a decision allocates nothing for it.</summary>
internal abstract class Check
{
    /// <summary>The facts it reads.</summary>
    public virtual FactKinds Facts => FactKinds.None;

    /// <summary>The purpose whose consent it reads: an id, <see cref="AskedPurpose"/>, or <see cref="NoPurpose"/>.</summary>
    public virtual int ConsentPurpose => NoPurpose;

    /// <summary>Checks inside it.</summary>
    public virtual ImmutableArray<Check> Inner => [];

    public abstract bool Holds(Question question, Facts facts, int category);

    /// <summary>Adds why it does not hold; asked only when it does not.</summary>
    public abstract void Explain(Question question, Facts facts, int category, ReasonList reasons);

    public const int NoPurpose = -1;
    public const int AskedPurpose = -2;

    public sealed class All(ImmutableArray<Check> of) : Check
    {
        public override ImmutableArray<Check> Inner => of;

        public override bool Holds(Question question, Facts facts, int category)
        {
            foreach (var check in of)
                if (!check.Holds(question, facts, category))
                    return false;
            return true;
        }

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons)
        {
            foreach (var check in of)
                if (!check.Holds(question, facts, category))
                    check.Explain(question, facts, category, reasons);
        }
    }

    public sealed class Any(ImmutableArray<Check> of) : Check
    {
        public override ImmutableArray<Check> Inner => of;

        public override bool Holds(Question question, Facts facts, int category)
        {
            foreach (var check in of)
                if (check.Holds(question, facts, category))
                    return true;
            return false;
        }

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons)
        {
            foreach (var check in of)
                check.Explain(question, facts, category, reasons);
        }
    }

    /// <summary>Tests one thing and has one reason.</summary>
    public sealed class Leaf(Func<Question, Facts, int, bool> holds, Reason reason, FactKinds reads = FactKinds.None) : Check
    {
        public override FactKinds Facts => reads;

        public override int ConsentPurpose => reads.HasFlag(FactKinds.Consents) ? AskedPurpose : NoPurpose;

        public override bool Holds(Question question, Facts facts, int category) => holds(question, facts, category);

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) => reasons.Add(reason);
    }

    public sealed class Consent(string? purpose, int purposeId, ConsentAfter after, string clause, Names purposes) : Check
    {
        private readonly Reason[] _missing = Build(purpose, clause, purposes, ReasonCode.ConsentMissing, "is on record");
        private readonly Reason[] _withdrawn = Build(purpose, clause, purposes, ReasonCode.ConsentWithdrawn, "is in force: it was withdrawn");
        private readonly Reason[] _expired = Build(purpose, clause, purposes, ReasonCode.ConsentExpired, "is in force: it has expired");

        public override FactKinds Facts => FactKinds.Consents;

        public override int ConsentPurpose => purpose is null ? AskedPurpose : purposeId;

        public override bool Holds(Question question, Facts facts, int category) =>
            Find(question, facts) is { State: ConsentState.Given } consent && (after == ConsentAfter.Anything || GivenAfterRestriction(consent, facts));

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) =>
            reasons.Add(Find(question, facts)?.State switch
            {
                ConsentState.Withdrawn => _withdrawn,
                ConsentState.Expired => _expired,
                _ => _missing,
            } is var built && purpose is null && question.Purpose >= 0 ? built[question.Purpose] : built[^1]);

        private ConsentFact? Find(Question question, Facts facts)
        {
            var name = purpose ?? question.Asked.Purpose;
            if (name is null || !question.Asked.SubjectNamed)
                return null;
            foreach (var consent in facts.Consents)
                if (string.Equals(consent.Purpose, name, StringComparison.Ordinal))
                    return consent;
            return null;
        }

        private static bool GivenAfterRestriction(ConsentFact consent, Facts facts)
        {
            foreach (var restriction in facts.Restrictions)
                if (consent.GivenAt <= restriction.EffectiveAt)
                    return false;
            return true;
        }

        /// <summary>One reason per purpose where the asked one counts, and one for no purpose (or the fixed one) at the end.</summary>
        private static Reason[] Build(string? purpose, string clause, Names purposes, ReasonCode code, string state) =>
            purpose is null
                ? [.. purposes.All.Select(p => new Reason(clause, code, $"No consent to {p} {state}.")), new Reason(clause, code, $"No consent {state}.")]
                : [new Reason(clause, code, $"No consent to {purpose} {state}.")];
    }

    public sealed class Agreement(string type, string clause) : Check
    {
        private readonly Reason _missing = new(clause, ReasonCode.AgreementMissing, $"There is no {Sentences.Agreement(type)}.");
        private readonly Reason _expired = new(clause, ReasonCode.AgreementExpired, $"The {Sentences.Agreement(type)} is not in force that day.");

        public override FactKinds Facts => FactKinds.Agreements;

        public override bool Holds(Question question, Facts facts, int category) => StateOf(facts) == true;

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) => reasons.Add(StateOf(facts) is null ? _missing : _expired);

        private bool? StateOf(Facts facts)
        {
            bool? state = null;
            foreach (var agreement in facts.Agreements)
                if (string.Equals(agreement.Type, type, StringComparison.Ordinal))
                    state = state == true || agreement.InForce;
            return state;
        }
    }

    public sealed class Instrument(Condition.Instrument asked, string clause) : Check
    {
        private readonly Reason _missing = new(clause, ReasonCode.InstrumentMissing, "No legal instrument was presented.");
        private readonly Reason _type = new(clause, ReasonCode.InstrumentType, $"The instrument must be one of: {string.Join(", ", asked.Types)}.");
        private readonly Reason _issuer = new(clause, ReasonCode.Issuer, $"It must be issued by one of: {string.Join(", ", asked.Issuers)}.");
        private readonly Reason _jurisdiction = new(clause, ReasonCode.Jurisdiction, $"It must come from one of these countries: {string.Join(", ", asked.Jurisdictions)}.");
        private readonly Reason _reference = new(clause, ReasonCode.ReferenceMissing, "The instrument has no reference.");

        public override bool Holds(Question question, Facts facts, int category) =>
            question.Asked.Instrument is { } presented && TypeFits(presented) && IssuerFits(presented) && JurisdictionFits(presented) && ReferenceFits(presented);

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons)
        {
            if (question.Asked.Instrument is not { } presented)
            {
                reasons.Add(_missing);
                return;
            }
            if (!TypeFits(presented))
                reasons.Add(_type);
            if (!IssuerFits(presented))
                reasons.Add(_issuer);
            if (!JurisdictionFits(presented))
                reasons.Add(_jurisdiction);
            if (!ReferenceFits(presented))
                reasons.Add(_reference);
        }

        private bool TypeFits(AskedInstrument presented) => OneOf(asked.Types, presented.Type);

        private bool IssuerFits(AskedInstrument presented) => OneOf(asked.Issuers, presented.IssuerRole);

        private bool JurisdictionFits(AskedInstrument presented) => OneOf(asked.Jurisdictions, presented.Jurisdiction);

        private bool ReferenceFits(AskedInstrument presented) => !asked.Reference || presented.Reference;
    }

    public sealed class Ground(Condition.Ground asked, string clause) : Check
    {
        private readonly Reason _missing = new(clause, ReasonCode.GroundMissing, $"The ground must be {(asked.Grounds.Except ? "none of" : "one of")}: {string.Join(", ", asked.Grounds.Names)}.");
        private readonly Reason _reference = new(clause, ReasonCode.GroundReferenceMissing, "The ground's record is not cited.");

        public override bool Holds(Question question, Facts facts, int category) =>
            asked.Grounds.Has(question.Asked.Ground) && (!asked.Reference || question.Asked.GroundReference);

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) =>
            reasons.Add(asked.Grounds.Has(question.Asked.Ground) ? _reference : _missing);
    }

    public sealed class Finding(string name, string clause) : Check
    {
        private readonly Reason _missing = new(clause, ReasonCode.FindingMissing, $"No officer's finding that it is {name} is recorded.");
        private readonly Reason _negative = new(clause, ReasonCode.FindingNegative, $"An officer found that it is not {name}.");

        public override FactKinds Facts => FactKinds.Findings;

        public override bool Holds(Question question, Facts facts, int category) => ResultIn(facts) == true;

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) => reasons.Add(ResultIn(facts) is null ? _missing : _negative);

        /// <summary>The last finding of that name counts.</summary>
        private bool? ResultIn(Facts facts)
        {
            bool? result = null;
            foreach (var finding in facts.Findings)
                if (string.Equals(finding.Name, name, StringComparison.Ordinal))
                    result = finding.Positive;
            return result;
        }
    }

    /// <summary>Data handed out as anonymised while the people in it are named is not anonymised.</summary>
    public sealed class Anonymised(string clause) : Check
    {
        private readonly Reason _not = new(clause, ReasonCode.NotAnonymised, "Only anonymised data may be used so.");
        private readonly Reason _named = new(clause, ReasonCode.AnonymisedWithSubjects, "Data about people who are named is not anonymised.");

        public override bool Holds(Question question, Facts facts, int category) => question.Asked.Anonymised && !NamesThem(question);

        public override void Explain(Question question, Facts facts, int category, ReasonList reasons) => reasons.Add(question.Asked.Anonymised ? _named : _not);

        private static bool NamesThem(Question question) => question.Asked is { Operation: Operation.Disclose, SubjectNamed: true };
    }

    internal static bool OneOf(ImmutableArray<string> names, string? name)
    {
        if (names.IsEmpty)
            return true;
        if (name is null)
            return false;
        foreach (var one in names)
            if (string.Equals(one, name, StringComparison.Ordinal))
                return true;
        return false;
    }
}
